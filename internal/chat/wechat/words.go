package wechat

import "fmt"

// What administrators read.
const (
	textScan       = "请用督办账号的手机微信扫描二维码登录，二维码约 5 分钟内有效。"
	textScanned    = "已扫码，请在手机上点“登录”确认。"
	textExpired    = "微信登录已失效，将请手机确认重新登录；手机没有提示时会显示二维码。"
	textLoggedOut  = "微信在手机上被退出登录，需要重新扫码。"
	textPushFailed = "手机没有确认登录，需要重新扫码。"
	textQRExpired  = "二维码已过期，将显示新的二维码。"
	textNetwork    = "与微信的连接中断，将自动重连。"
	textNoServer   = "连不上微信的服务器，稍后自动再试。请检查这台电脑能不能上网；一直这样请运行 duban doctor，看网络和代理。"
	textNotKept    = "收到的微信消息暂时无法保存，将从上次保存的位置重新接收。请检查磁盘空间和数据库。"
	textStuck      = "微信提示有新消息却收不到，将重新连接。若一直如此，请在手机上打开一次微信。"
	textOdd        = "保存的微信登录无法继续使用，将请手机确认重新登录。"
	textTooOften   = "微信提示操作太频繁，稍后自动重连。"

	textWayOut = "不要反复扫码重试，否则可能加重处罚。数据都在，这段时间请人工在群里派单，或用 duban console 登记。" +
		"若认为误判，可在手机微信“我—设置—帮助与反馈”申诉，恢复后再运行。长久之计是改用企业微信、钉钉或飞书的官方机器人（配置里的 channels，见 docs/operations.md）。"
	textBarred = "微信拒绝这个账号用程序登录（代码 1203），督办已停止微信通道。" + textWayOut
	textBanned = "刚登录就被微信踢下线（代码 1102），这通常是账号被限制登录或封号的信号，督办已停止微信通道。" + textWayOut
)

// textConnecting is said at the beginning of a login.
var textConnecting = map[loginKind]string{
	hotLogin:  "正在用保存的登录连接微信。",
	pushLogin: "正在请手机确认登录，请在手机微信上点“登录”。",
	scanLogin: "正在获取微信登录二维码。",
}

func textSpoilt(file string) string {
	return fmt.Sprintf("保存的微信登录 %s 坏了或读不出来，需要重新扫码。", file)
}

func textUnsaved(file string) string {
	return fmt.Sprintf("微信已登录，但这次登录没有存下来，程序重启后要重新扫码。请看 %s 所在的磁盘是不是满了、只读，能不能写。", file)
}

func textRefused(ret int) string {
	return fmt.Sprintf("微信拒绝登录（代码 %d），稍后显示新的二维码。", ret)
}
