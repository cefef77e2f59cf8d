package config

import (
	"reflect"
	"slices"
	"strings"

	"duban/internal/issue"
)

// words name every key of the file, as the office calls what stands there. Keys of things in a list are named beside the thing.
var words = map[string]string{ //nolint:gosec // names of keys, no secrets
	"campaign": "创建周期", "campaign.name": "创建名称", "campaign.timezone": "时区", "campaign.start": "创建周期的开始日期",

	"storage": "数据存放", "storage.driver": "数据库种类", "storage.dsn": "数据库文件或地址", "storage.media": "照片文件夹", "storage.takeover_after": "多久没有响应就接手",

	"channels": "通道", "channels.wechat": "微信", "channels.wechat.enabled": "启用微信", "channels.wechat.mode": "微信登录方式",
	"channels.wechat.session": "微信登录文件", "channels.wechat.send": "微信发送快慢", "channels.wechat.send.per_minute": "微信每分钟最多条数",
	"channels.wechat.send.jitter": "微信随机多等", "channels.wecom": "企业微信", "channels.wecom.enabled": "启用企业微信",
	"channels.wecom.bot_id": "企业微信机器人编号", "channels.wecom.secret": "企业微信密钥", "channels.wecom.url": "企业微信地址", "channels.wecom.ca": "企业微信证书",
	"channels.wecom_hook": "企业微信群机器人", "channels.wecom_hook.enabled": "启用企业微信群机器人",
	"channels.wecom_hook.url_base": "企业微信群机器人的服务地址", "channels.wecom_hook.groups": "有机器人的群",
	"channels.wecom_hook.groups[].chat": "群", "channels.wecom_hook.groups[].key": "机器人的 key",
	"channels.feishu": "飞书", "channels.feishu.enabled": "启用飞书", "channels.feishu.app_id": "飞书应用编号", "channels.feishu.secret": "飞书密钥",
	"channels.feishu.url": "飞书地址", "channels.feishu.receive": "飞书收哪些群消息",
	"channels.dingtalk": "钉钉", "channels.dingtalk.enabled": "启用钉钉", "channels.dingtalk.client_id": "钉钉应用编号", "channels.dingtalk.secret": "钉钉密钥",
	"channels.dingtalk.robot_code": "钉钉机器人编码", "channels.dingtalk.url": "钉钉地址", "channels.dingtalk.oapi_url": "钉钉旧接口地址",
	"channels.console": "终端", "channels.console.enabled": "启用终端",

	"web": "看板", "web.listen": "看板地址", "web.public_url": "看板对外网址", "web.token": "看板口令",

	"log": "日志", "log.level": "日志详细程度", "log.file": "日志文件",
	"log.format": "日志写法", "log.max_mb": "日志文件的大小", "log.keep": "旧日志文件个数",

	"retention": "资料保留", "retention.photos": "照片保留天数", "retention.loose_photos": "无主照片保留天数",
	"retention.chat_text": "原文保留天数", "retention.drafts": "草稿保留天数", "retention.logs": "旧日志保留天数",

	"pictures": "图片", "pictures.font": "图片字体",

	"calendar": "工作时间", "calendar.work_hours": "工作时段", "calendar.work_day": "1 个工作日的算法",
	"calendar.same_day_cutoff": "事不过夜的截止", "calendar.days_off": "另外的休息日", "calendar.workdays": "另外的工作日",
	"calendar.quiet_hours": "夜间静默",

	"identity": "认人方式",

	"rules": "各种时限", "rules.pair_window": "照片配对时间", "rules.withdraw_window": "撤回时间", "rules.duplicate_window": "查重时间",
	"rules.default_limit": "认不出类别的整改时限", "rules.sign_limit": "签收时限", "rules.auto_sign": "自动签收时间",
	"rules.review_limit": "核查时限", "rules.return_limit": "退回后的整改时限", "rules.send_back_limit": "退单时限",
	"rules.decision_limit": "批复时限", "rules.office_extension": "创城办可批的延期", "rules.appeal_limit": "申诉时限",
	"rules.opinion_limit": "投诉答复时限", "rules.complaint_limit": "投诉办结告知时限", "rules.coverage_days": "全覆盖天数",

	"look_back": "回头看", "look_back.after": "销号几天后回头看", "look_back.share": "回头看抽查百分比", "look_back.most": "回头看一天最多件数",
	"look_back.limit": "回头看时限",

	"groups": "考核分组", "groups[].id": "编号", "groups[].name": "名称",

	"units": "单位", "units[].id": "编号", "units[].name": "名称", "units[].aliases": "别名", "units[].group": "考核分组",
	"units[].head": "主要领导", "units[].lead": "负责人", "units[].liaison": "联络员", "units[].deputy": "代班人",

	"people": "人员", "people[].id": "编号", "people[].name": "姓名", "people[].aliases": "别的叫法", "people[].unit": "单位",
	"people[].roles": "角色", "people[].remark": "备注名",

	"places": "点位", "places[].name": "名称", "places[].aliases": "别名", "places[].type": "类型", "places[].unit": "责任单位",
	"places[].community": "所属社区", "places[].leader": "包保领导", "places[].support": "挂钩单位", "places[].mandatory": "必查",

	"categories": "类别", "categories[].name": "名称", "categories[].aliases": "别名", "categories[].keywords": "关键词",
	"categories[].limit": "时限", "categories[].unit": "责任单位", "categories[].evidence": "照片要求",
	"categories[].evidence.before": "整改前照片张数", "categories[].evidence.after": "整改后照片张数", "categories[].closing": "结案条件",

	"responsibility": "责任清单", "responsibility[].categories": "类别", "responsibility[].places": "点位", "responsibility[].types": "点位类型",
	"responsibility[].unit": "牵头单位", "responsibility[].person": "派给", "responsibility[].assist": "配合单位",

	"chats": "群", "chats[].id": "编号", "chats[].name": "群名", "chats[].for": "用途", "chats[].units": "接收提醒的单位",
	"chats[].listen": "听命令的方式", "chats[].channels": "发消息的通道",

	"schedule": "定时任务", "schedule.reminders": "任务 提醒催办", "schedule.unowned": "任务 无主问题检查", "schedule.ranking_draft": "任务 排名草稿",
	"schedule.ranking": "任务 日排名", "schedule.ranking_week": "任务 周排名草稿", "schedule.ranking_month": "任务 月排名草稿",
	"schedule.summary": "任务 领导日报", "schedule.bulletin": "任务 通报草稿", "schedule.look_back": "任务 回头看抽查",
	"schedule.backup": "任务 备份", "schedule.retention": "任务 资料清除",

	"escalation": "提醒阶梯", "escalation[].level": "级别", "escalation[].at": "时间", "escalation[].urgent_at": "当日和连续小时的时间",
	"escalation[].or_returns": "退回次数", "escalation[].to": "通知谁", "escalation[].reply": "回复时限",

	"scoring": "计分", "scoring.version": "计分版本", "scoring.style": "计分方式", "scoring.weights": "五项分值",
	"scoring.weights.handled": "处置率的分值", "scoring.weights.on_time": "按期处置率的分值", "scoring.weights.no_return": "返工率的分值",
	"scoring.weights.no_overdue": "超期待处置率的分值", "scoring.weights.no_extension": "延期率的分值", "scoring.cutoff": "日排名截止时间",
	"scoring.min_cases": "参加排名的最少件数", "scoring.shrink": "件数少的单位靠拢平均分的程度", "scoring.on_time_requires_pass": "通过核查才算处置",
	"scoring.adjustments": "加减分", "scoring.adjustments.exposure": "曝光的加减分", "scoring.adjustments.falsified": "虚假整改的加减分",
	"scoring.adjustments.refused_send_back": "退单被驳的加减分", "scoring.adjustments.relapse": "反弹的加减分",
	"scoring.adjustments.third_return": "第三次退回的加减分", "scoring.adjustments.on_the_spot": "当场解决的加减分",
	"scoring.adjustments.early": "提前完成的加减分", "scoring.adjustments.bonus_cap": "奖励合计上限",
	"scoring.adjustments.total_cap": "加减分合计上限", "scoring.adjustments.manual_cap": "人工加减分每笔上限",
	"scoring.adjustments.upper_weight": "上级反馈一件计几件",
	"scoring.deductions":               "扣分制", "scoring.deductions.start": "扣分制满分",
	"scoring.deductions.found": "查出问题的扣分", "scoring.deductions.found.upper": "查出上级反馈的扣分",
	"scoring.deductions.found.county": "查出县里发现的扣分", "scoring.deductions.found.own": "查出自查发现的扣分",
	"scoring.deductions.late": "没有按期整改的扣分", "scoring.deductions.late.upper": "上级反馈没有按期整改的扣分",
	"scoring.deductions.late.county": "县里发现没有按期整改的扣分", "scoring.deductions.late.own": "自查发现没有按期整改的扣分",
	"scoring.deductions.repeated": "连续两期超期的扣分", "scoring.deductions.repeated.upper": "上级反馈连续两期超期的扣分",
	"scoring.deductions.repeated.county": "县里发现连续两期超期的扣分", "scoring.deductions.repeated.own": "自查发现连续两期超期的扣分",
	"scoring.complaints": "投诉三率", "scoring.complaints.response": "响应率的分值", "scoring.complaints.solved": "解决率的分值",
	"scoring.complaints.satisfied": "满意率的分值", "scoring.complaints.basic": "基本满意的折算", "scoring.complaints.pass": "满意率达标线",

	"bulletin": "通报", "bulletin.bureau": "发文单位", "bulletin.mark": "文号字", "bulletin.demands": "工作要求", "bulletin.photos": "通报附照片的件数",

	"backup": "备份", "backup.folder": "备份文件夹", "backup.media": "备份照片", "backup.keep": "备份保留天数", "backup.copy_to": "备份的另一个地方",

	"alerts": "告警", "alerts.webhook": "告警的群机器人", "alerts.format": "告警群机器人的种类", "alerts.email": "告警邮件", "alerts.email.server": "告警邮件的服务器",
	"alerts.email.from": "告警邮件的发件人", "alerts.email.to": "告警邮件的收件人", "alerts.email.user": "告警邮件的登录名", "alerts.email.password": "告警邮件的密码",
	"alerts.offline_after": "掉线多久告警", "alerts.disk_free_mb": "磁盘剩余多少告警", "alerts.per_hour": "一小时最多几条告警",
}

// notes say what a change does not touch, where people would wonder.
var notes = map[string]string{
	"categories[].limit": forNew, "categories[].unit": forNew, "places[].unit": forNew, "responsibility": forNew, "rules.default_limit": forNew,
	"units[].liaison": stays,
	"calendar":        settled, "calendar.work_hours": settled, "calendar.work_day": settled, "calendar.same_day_cutoff": settled,
	"calendar.days_off": settled, "calendar.workdays": settled, "rules.sign_limit": settled, "rules.review_limit": settled,
	"rules.decision_limit": settled, "rules.opinion_limit": settled, "rules.complaint_limit": settled, "look_back.limit": settled,
	"escalation[].at": alarmed, "escalation[].urgent_at": alarmed,
}

const (
	forNew  = "只影响新派单"
	settled = "已定的截止时间不变"
	alarmed = "已派单的问题从下一次提醒起按新的"
	stays   = "已经派出的问题还是原来的人"
)

// restart are the keys, with all below them, that the program goes by from its start to its end: what it has open.
var restart = []string{"campaign.timezone", "storage", "channels", "web", "log"}

// needsRestart says whether a change of a key counts only after a restart.
func needsRestart(path string) bool {
	return slices.ContainsFunc(restart, func(key string) bool { return path == key || strings.HasPrefix(path, key+".") })
}

// Keep gives the configuration that a program goes by which was started with c and reads next meanwhile: next, but for what needs a
// restart.
func (c *Config) Keep(next *Config) *Config {
	kept := *next
	kept.Campaign.Timezone, kept.Storage, kept.Channels, kept.Web, kept.Log = c.Campaign.Timezone, c.Storage, c.Channels, c.Web, c.Log
	return &kept
}

// choice is a value that a key may have, and what people call it.
type choice struct{ value, word string }

// choices are the keys that have one of a few values.
var choices = map[string][]choice{
	"storage.driver":          {{DriverSQLite, "SQLite"}, {DriverPostgres, "PostgreSQL"}},
	"channels.wechat.mode":    {{ModeDesktop, "桌面版"}, {ModeNormal, "网页版"}},
	"channels.feishu.receive": {{ReceiveMentions, "@ 机器人的"}, {ReceiveAll, "全部"}},
	"log.level":               {{"debug", "最细"}, {"info", "一般"}, {"warn", "只记警告"}, {"error", "只记错误"}},
	"log.format":              {{LogText, "一行一条"}, {LogJSON, "JSON"}},
	"alerts.format":           {{WebhookWeCom, "企业微信"}, {WebhookDingTalk, "钉钉"}, {WebhookFeishu, "飞书"}, {WebhookJSON, "JSON"}},
	"calendar.work_day":       {{"end_of_day", "到下一个工作日下班"}, {"hours8", "满 8 个工作小时"}},
	"identity":                {{IdentityBound, "只认绑定"}, {IdentityGroupCard, "也认群名片"}},
	"people[].roles":          givenRoles(),
	"chats[].for": {
		{string(issue.ForIntake), "上报"},
		{string(issue.ForReminders), "提醒催办"},
		{string(issue.ForRanking), "发布排名"},
		{string(issue.ForSummary), "领导日报"},
		{string(issue.ForAdmin), "管理"},
		{string(issue.ForDrafts), "草稿"},
	},
	"chats[].listen":   {{ListenCommands, "直接写命令"}, {ListenMentions, "要 @ 机器人"}},
	"chats[].channels": channelNames(),
	"escalation[].level": {
		{issue.LevelRemind, "提醒"}, {issue.LevelUrge, "催办"}, {issue.LevelSupervise, "督办"}, {issue.LevelBulletin, "通报"}, {issue.LevelTalk, "约谈名单"},
	},
	"escalation[].to": {
		{string(issue.ToAssignee), "责任人"},
		{string(issue.ToLiaison), "联络员"},
		{string(issue.ToUnitLead), "单位负责人"},
		{string(issue.ToUnitHead), "单位主要领导"},
		{string(issue.ToPlaceLeader), "包保领导"},
		{string(issue.ToPlaceSupport), "挂钩单位"},
		{string(issue.ToOffice), "创城办"},
		{string(issue.ToBulletin), "写入通报"},
		{string(issue.ToTalkList), "写入约谈名单"},
	},
	"scoring.style": {
		{string(issue.StyleRates), "按比率"}, {string(issue.StyleDeductions), "扣分制"}, {string(issue.StyleComplaints), "投诉三率"},
	},
}

// givenRoles are the roles that people are given; the others follow from the units.
func givenRoles() (out []choice) {
	for _, r := range issue.Roles() {
		if r != issue.RoleLiaison && r != issue.RoleUnitLead {
			out = append(out, choice{string(r), r.Text()})
		}
	}
	return out
}

// channelNames are the channels that can be configured.
func channelNames() (out []choice) {
	for _, name := range keysOf(reflect.TypeFor[Channels]()) {
		out = append(out, choice{name, words["channels."+name]})
	}
	return out
}

// refs are the keys that name something of a list of the file by its id.
var refs = map[string]string{
	"units[].group": "groups", "units[].head": "people", "units[].lead": "people", "units[].liaison": "people", "units[].deputy": "people",
	"people[].unit": "units", "places[].unit": "units", "places[].support": "units", "places[].leader": "people", "categories[].unit": "units",
	"responsibility[].unit": "units", "responsibility[].person": "people", "responsibility[].assist": "units", "chats[].units": "units",
	"channels.wecom_hook.groups[].chat": "chats",
}
