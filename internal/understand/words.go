package understand

import (
	"slices"
	"strings"
)

// The words for what is wrong with a thing. The same bin that is full and that is broken is two problems.
const (
	wordBroken  = "损坏"
	wordFull    = "满溢"
	wordLeaning = "倾斜"
)

var states = []string{wordBroken, wordFull, wordLeaning}

// sameWords brings the different words that people use for the same thing to one each (phrasing.md §8).
var sameWords = replacer([][2]string{
	{wordBroken, "破损 损坏 损毁 毁坏 坏了 坏掉 烂了 破了 破裂 碎裂 断裂 开裂 裂开 不亮了 不亮 没亮 失灵 故障 掉漆"},
	{wordFull, "满溢 溢满 溢出来 溢出 外溢 爆满 爆桶 装满 堆满溢 冒尖 满出来 都满了 满了 未清运 未及时清运 没人清运 无人清运 没清运 没清走"},
	{wordLeaning, "倾斜 歪斜 歪倒 歪了 倒伏 倾倒"},
	{"缺失", "缺失 丢失 遗失 没了 不见了 不见 被盗 缺少"},
	{"不清", "看不清 不清晰 模糊不清 模糊 磨损不清 磨掉 褪色 不清"},
	{"坑洼", "坑洼不平 坑坑洼洼 坑洼 坑洞 坑槽 大坑 凹陷 凹坑"},
	{"未清", "没人清理 无人清理 未及时清理 未清理 没清理 没人打扫 无人打扫 无人清扫 没人扫 没扫"},
	{"异味", "异味 臭味 恶臭 臭气 发臭 难闻"},
	{"垃圾桶", "垃圾桶 垃圾箱 垃圾筒 果皮箱 果壳箱 分类桶"},
	{"井盖", "马葫芦盖 马葫芦 窨井盖 沙井盖 检查井盖 下水井盖 窨井 沙井 井盖"},
	{"小广告", "牛皮癣 野广告 非法广告 小广告"},
	{"飞线", "私拉电线 私接电线 私拉乱接 乱拉电线 飞线"},
	{"占道经营", "占道经营 占道摆摊 出店经营 店外经营 摆摊 流动摊贩 流动商贩 商贩 小贩 摊贩"},
	{"乱停", "乱停乱放 乱停放 违规停放 违规停车 违停 停放杂乱 停放混乱 停放无序 停车杂乱 停车混乱 随意停放 胡乱停放 乱停"},
	{"电动车", "电动自行车 电瓶车 电动车"},
	{"车", "机动车辆 机动车 小汽车 私家车 轿车 汽车 车辆 小车"},
	{"堆杂物", "乱堆乱放杂物 堆放杂物 堆积杂物 堆满杂物 堆有杂物 杂物堆积 杂物乱堆 杂物堆放 乱堆杂物 乱堆乱放 乱堆放 堆物"},
	{"堆", "堆放 堆积 堆满 堆有"},
	{"楼道", "楼梯间 楼梯口 楼梯 过道 走廊 楼道"},
	{"护栏", "拦杆 栏杆 围栏 隔离栏 护栏"},
	{"晾晒", "晾衣服 晒衣服 晾晒衣物 晒被子 晾衣 晾晒"},
	{"枯死", "枯萎 枯死 死了 死亡"},
	{"杂草", "荒草 野草 杂草"},
	{"狗屎", "狗屎 狗粪 犬粪 狗便"},
	{"污水", "污水横流 污水外流 污水四溢 脏水 污水"},
})

// fillers are words that say nothing about what is wrong.
var fillers = replacer([][2]string{
	{"", "存在 发现 现象 情况 问题 严重 较多 很多 大量 许多 多处 几处 一处 一个 有人 长期 一直 至今 已经 有些 部分 附近 周边 周围 旁边 尽快 及时 这里 那里 的 了 有 被 在 处 内 里 上 旁 侧 大 很 太 着 又 还 都 就"},
})

// asks is what people want done and what comes of it, which is much the same for every problem.
var asks = compile(`(?:^|[\s,。;!?])(?:希望|请|望|建议|麻烦|恳请|要求)[^,。;!?]*(?:处理|解决|清理|整改|维修|修复|修理|管管|看看|安排|重视|关注|清运|更换)[^,。;!?]*` +
	`|(?:存在|有)?(?:很?大|较大|严重|一定)?的?(?:安全|消防|交通)?隐患|影响[^,。;!?]*|反映多次|多次反映`)

// replacer replaces each of the words by the one before them, longer words first.
func replacer(table [][2]string) *strings.Replacer {
	var pairs [][2]string
	for _, row := range table {
		for word := range strings.FieldsSeq(row[1]) {
			pairs = append(pairs, [2]string{word, row[0]})
		}
	}
	slices.SortStableFunc(pairs, func(a, b [2]string) int { return len(b[0]) - len(a[0]) })
	var flat []string
	for _, p := range pairs {
		flat = append(flat, p[0], p[1])
	}
	return strings.NewReplacer(flat...)
}
