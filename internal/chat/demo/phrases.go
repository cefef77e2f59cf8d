package demo

// DefaultPhrases are example commands for a person of a role, as the page offers them under the text.
func DefaultPhrases(role string) []string {
	switch role {
	case "督查员":
		return []string{"上报 金水湾小区3号楼楼道堆放杂物", "上报\n1、人民公园东门果皮箱满溢\n2、红星中路公交站牌破损\n3、南门菜场门口车辆乱停 今天处理", "待核查", "通过 ", "退回 ", "照片 ", "回头看", "未督查", "热点", "排名"}
	case "联络员":
		return []string{"我的", "签收 ", "完成 ", "进展 ", "投诉 ", "查 ", "排名"}
	case "单位负责人":
		return []string{"我的", "退单 ", "延期 ", "挂账 ", "回复 ", "查 ", "得分", "排名"}
	case "创城办":
		return []string{"待审批", "逾期", "待核查", "改派 ", "同意 ", "日报", "排名", "得分 昭阳街道", "曝光 ", "发布 通报", "台账 本月", "导入 问题 来源 市模拟测评 时限 5个工作日", "确认导入", "帮助"}
	case "领导":
		return []string{"日报", "排名", "走势", "通报", "待审批", "约谈名单", "督办 ", "查 "}
	case "管理员":
		return []string{"我是谁", "逾期", "排名", "帮助"}
	case "陌生人":
		return []string{"我是谁", "帮助", "完成 1"}
	}
	return []string{"我的", "完成 ", "查 ", "帮助"}
}
