package understand

import "strings"

// kind is how exactly a place's name says where something is.
type kind int

// The kinds, from the vague to the exact.
const (
	kindCommunity kind = iota // 社区, 村, 街道
	kindRoad                  // 路, 大道
	kindLane                  // 巷, 弄, 桥, 河: mostly named after the road where they are
	kindContainer             // 小区, 公园, 广场: other points may lie inside
	kindPoint                 // 超市, 学校, 工地, 公厕 …
)

// Ranks order mentions of places. A landmark goes before a community and after everything else.
const (
	rankCommunity = 1.0
	rankLandmark  = 1.5
)

func (k kind) rank() float64 {
	switch k {
	case kindCommunity:
		return rankCommunity
	case kindRoad:
		return 2
	case kindLane:
		return 2.3
	case kindContainer:
		return 3
	case kindPoint:
		return 3.5
	}
	return 0
}

// suffixes of names by kind; the longest suffix of all decides.
var kindSuffixes = []struct {
	kind     kind
	suffixes []string
}{
	{kindCommunity, []string{"社区", "村", "街道", "办事处", "镇", "乡", "居委会", "村委会", "网格", "片区", "开发区", "新区", "县", "区"}},
	{kindRoad, []string{"路", "街", "大街", "大道", "道", "线", "环", "东路", "西路", "南路", "北路", "中路", "高速", "国道", "省道", "快速路", "高架", "立交", "段", "环线", "村道"}},
	{kindLane, []string{"巷", "弄", "胡同", "里弄", "支路", "支巷", "小路", "小街", "小巷", "步行街", "夜市", "桥", "大桥", "河", "渠", "湖", "江", "溪", "港", "塘"}},
	{kindContainer, []string{"小区", "花园", "花苑", "公寓", "家园", "名苑", "新村", "小镇", "苑", "园", "府", "城", "湾", "庭", "居", "里", "坊", "邸", "阁", "院", "宿舍", "住宿区", "公园", "广场", "景区", "游园", "绿地", "大学", "学院", "车站", "客运站", "火车站", "汽车站", "机场", "码头", "商圈", "工业园", "产业园"}},
	{kindPoint, []string{"小学", "中学", "学校", "幼儿园", "医院", "卫生院", "市场", "菜场", "菜市场", "农贸市场", "超市", "商场", "商厦", "百货", "购物中心", "便利店", "店", "酒店", "宾馆", "饭店", "餐厅", "酒楼", "银行", "支行", "营业厅", "大厅", "服务中心", "中心", "工地", "项目", "公厕", "厕所", "中转站", "网吧", "网咖", "影院", "图书馆", "博物馆", "体育馆", "文化馆", "纪念馆", "游泳馆", "馆", "局", "所", "公司", "厂", "加油站", "停车场", "公交站", "站台", "书店", "亭", "洞", "山"}},
}

// kindOf decides by the ending of the name and, where that says nothing, by the type of the point (S25).
func kindOf(name, placeType string) kind {
	best, length := kind(-1), 0
	for _, group := range kindSuffixes {
		for _, s := range group.suffixes {
			if len(s) > length && strings.HasSuffix(name, s) {
				best, length = group.kind, len(s)
			}
		}
	}
	if best >= 0 {
		return best
	}
	switch placeType {
	case "主次干道":
		return kindRoad
	case "背街小巷":
		return kindLane
	case "社区小区", "公园广场", "车站":
		return kindContainer
	}
	return kindPoint
}
