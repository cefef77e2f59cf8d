package understand

import "strings"

// sourceWords are the ways to say where a report comes from; each counts only as a whole. The codes are those of
// issue.Source (domain.md row 6).
var sourceWords = []struct {
	code  string
	words *pattern
}{
	{"upper", whole(`上级(?:部门|单位)?(?:反馈|交办|转办|督办|通报|检查|督查|督导|暗访|测评)?(?:问题)?`,
		`(?:中央|国家|全国|[省市])(?:级|里)?(?:文明办|创城办|创建办|督导组|督查组|测评组|暗访组)?(?:第.{1,2}[次轮])?(?:模拟|实地|年度|季度|月度|第三方)?`+
			`(?:反馈|交办|转办|督办|通报|暗访|测评)(?:反馈|问题|意见)*`)},
	{"media", whole(`(?:新闻|网络)?媒体(?:曝光|反映|报道|监督)?`, `(?:电视台?|报纸|网络|新闻)曝光`, `(?:网络)?舆情(?:反映|监测)?`)},
	{"public", whole(`(?:热心)?(?:群众|市民|居民|业主|住户|村民|网民|网友)(?:反映|反馈|投诉|举报|来电|来信|来访|留言|诉求)?`,
		`(?:12345|市长|县长|便民|政务服务)?热线(?:反映|投诉|转办|交办|工单)?`, `12345(?:反映|投诉|转办|交办|工单)?`, `信访(?:件|反映|转办|交办)?`, `随手拍`)},
	{"leader", whole(`[县市区]?(?:委|政府)?(?:主要|分管|包保|包联)?领导(?:交办|批示|督办|指示|安排|反馈|检查发现|调研发现)?`,
		`(?:[县市区]委)?书记(?:交办|批示|督办)`, `[县市区]长(?:交办|批示|督办)`)},
	{"self", whole(`(?:单位|街道|社区|部门|物业|村)?(?:自查(?:自纠)?|自检)(?:发现|上报|问题)?`)},
	{"inspection", whole(`(?:日常|现场|实地|专项|夜间)?(?:督查|督导|巡查|检查|暗访|抽查)组?(?:发现|反馈|通报|交办)?`,
		`交叉检查(?:发现|反馈)?`, `(?:模拟|实地)测评(?:发现|反馈)?`)},
}

// whole matches one of the forms and nothing around it.
func whole(forms ...string) *pattern {
	return compile(`^(?:` + strings.Join(forms, "|") + `)$`)
}

// salutation is a word that names a source in brackets or after 来源, but before a colon only who is spoken to: 领导：这里很脏.
const salutation = "领导"

const (
	sourceWord = `([^\s,。;:、()【】\[\]]{2,14})`
	sourceSeps = `[\s,。;:、]`
)

// The marks of a source, in a folded text.
var (
	labelAtStart = compile(`^\s*[(【\[]?(?:问题)?来源\s*:\s*` + sourceWord + `(?:[)】\]]` + sourceSeps + `*|` + sourceSeps + `+|$)`)
	labelAtEnd   = compile(sourceSeps + `*[\s,。;、(【\[](?:问题)?来源\s*:\s*` + sourceWord + `[)】\]]?[\s,。;]*$`)
	tagAtStart   = compile(`^\s*(?:【` + sourceWord + `】|\(` + sourceWord + `\)|\[` + sourceWord + `\])` + sourceSeps + `*`)
	wordAndColon = compile(`^\s*` + sourceWord + `\s*:\s*`)
)

// Source reads where a report says that it comes from, and gives the rest of the text in the writer's own characters:
// 来源：上级 at the start or the end, 【媒体曝光】 or （群众反映） at the start, 上级反馈： at the start. The source is upper, media, public,
// leader, self or inspection, as issue.Source has them. Without such a mark it is "" and rest is text: the same words in a
// sentence, as in 群众反映强烈的垃圾, are none.
func Source(text string) (source, rest string) {
	f := foldText(text)
	if !strings.ContainsAny(f.s, ":【[(") { // one of which is in every mark
		return "", text
	}
	for _, mark := range []*pattern{labelAtStart, labelAtEnd, tagAtStart, wordAndColon} {
		g := mark.FindStringSubmatchIndex(f.s)
		if g == nil {
			continue
		}
		word := ""
		for i := 2; i < len(g); i += 2 {
			if g[i] >= 0 {
				word = f.s[g[i]:g[i+1]]
			}
		}
		if source = sourceOf(word); source == "" || mark == wordAndColon && word == salutation {
			continue
		}
		start, end := f.original(g[0], g[1])
		return source, strings.TrimSpace(text[:start] + text[end:])
	}
	return "", text
}

func sourceOf(word string) string {
	for _, s := range sourceWords {
		if s.words.MatchString(word) {
			return s.code
		}
	}
	return ""
}
