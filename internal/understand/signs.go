package understand

import "strings"

// danger is how people say that somebody may come to harm (phrasing.md §9), and the defects that always are dangerous.
var danger = compile(`隐患|危险|吓人|危及|险情|有险|伤人|伤到|划伤|割伤|烫伤|摔|绊倒|跌倒|滑倒|砸|触电|漏电|坠落|掉下来|踩空|随时[^,。;]{0,6}(?:倒|塌|掉|断)|塌陷|坍塌|塌了|(?:眼看|快)要?[^,。;]{0,2}(?:倒|塌|掉)|沉陷|(?:井盖|马葫芦|[箅篦]子?|沟盖板)[^,。;]{0,6}(?:缺失|丢失|没了|不见|松动|破碎|塌|翻)|(?:电杆|线杆|电线杆|灯杆)[^,。;]{0,4}(?:倒|断)|(?:电线|线缆|电缆|线头|插座)[^,。;]{0,6}(?:裸露|外露|露在|低垂|垂落|垂下|断)|火花|起火|着火|火灾|爆炸|泄漏|飞线充电|护栏[^,。;]{0,4}断|出事故|出人命|事故`)

func isDanger(s string) bool { return danger.MatchString(s) }

var (
	// spot is how a reporter says that the matter was put right there and then (当场解决 in other words, phrasing.md §7).
	spot = compile(`(?:现场|当场)[^,。;]{0,14}?(?:已|完毕|完成|到位|好了|整改了|清理了)|(?:已|已经)[^,。;]{0,4}?(?:当场|现场)[^,。;]{0,8}?(?:整改|处理|清理|解决|劝离|清除|拆除|纠正)|当场(?:整改|处理|清理|解决|清除|劝离|纠正|拆除)(?:[,。;)]|$)`)
	// notSpot takes that back.
	notSpot = compile(`(?:现场|当场)[^,。;]{0,14}?(?:未|没|不|拒|要求|责令|限)|(?:要求|责令|督促其|请|须|应|限期?|需)[^,。;]{0,8}(?:现场|当场)|(?:未|没|没有|不)(?:能|立即)?(?:现场|当场)`)
)

func isOnTheSpot(s string) bool {
	if !strings.Contains(s, "现场") && !strings.Contains(s, "当场") {
		return false
	}
	return spot.MatchString(s) && !notSpot.MatchString(s)
}
