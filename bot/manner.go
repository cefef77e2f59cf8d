package bot

import (
	"regexp"
	"slices"
	"strings"

	"duban/handlers"
	"duban/internal/chat"
)

// manner is how the bot speaks on one network. Whatever it says is fitted to what the network can here and nowhere else: commands and
// jobs write one text for all of them.
type manner struct {
	can   chat.Capabilities
	group bool // in a work group, not to a person alone
	table *handlers.Table
}

var (
	// example is something to say, in a text of the bot.
	example = regexp.MustCompile(`「[^「」\n]+」`)
	// onlyShown is what a text shows for its form. Its numbers and units may be any.
	onlyShown = regexp.MustCompile(`例如[^\n]*`)
	// wantsPhotos is how texts ask for photos. testdata/photos.txt lists those that do and those that only speak of some.
	wantsPhotos = regexp.MustCompile(`[并（]附(?:整改[前后]+)?照片|照片[^。；\n]{0,20}请在[^。；\n]{0,12}发|发整改[前后]+照片|` +
		`已收到照片[^。；\n]{0,12}(?:补发|继续发|还差)|(?:照片|图片)[^。；\n]{0,40}请(?:重发|压缩后重发|用手机重新拍照)`)
)

// mention is what makes a message arrive where only mentions do.
const mention = "@" + chat.BotName + " "

// say fits a text: what to say is written with the mention where nothing else arrives, and with a hint where nothing arrives at all; a question
// for photos says how they arrive; and the persons to mention are named where the network cannot ring them.
func (m manner) say(text string, mentions []chat.Mention) string {
	if m.group && m.can.MentionOnly {
		text = m.withMention(text)
		if !m.can.Loose && wantsPhotos.MatchString(text) {
			text += "\n" + m.howPhotos()
		}
	}
	if m.can.SendOnly && slices.ContainsFunc(example.FindAllString(text, -1), m.known) {
		text += "\n" + elsewhere
	}
	return withNames(text, mentions, m.can)
}

// elsewhere is said where what a text names to say would be heard by nobody.
const elsewhere = "在这个群里回复收不到，请到别的工作群或私聊里对督办说"

// known says whether what is quoted is a command.
func (m manner) known(quoted string) bool {
	return m.table.Knows(strings.TrimSuffix(strings.TrimPrefix(quoted, "「"), "」"))
}

func (m manner) withMention(text string) string {
	return example.ReplaceAllStringFunc(text, func(quoted string) string {
		if !m.known(quoted) {
			return quoted
		}
		return "「" + mention + strings.TrimPrefix(quoted, "「")
	})
}

func (m manner) howPhotos() string {
	how := "照片请和 " + mention + "写在同一条消息里"
	if m.can.QuotesShown {
		how += "，或引用照片再 " + strings.TrimSpace(mention)
	}
	return how
}

// mostActions is how many buttons people still tell apart.
const mostActions = 5

// actions are the buttons for what a text asks to say, as far as a tap can say it. They bear the verb, and the whole where the same
// verb stands on another one, too.
func (m manner) actions(text string) (list []chat.Action) {
	if !m.can.Cards {
		return nil
	}
	for _, quoted := range example.FindAllString(onlyShown.ReplaceAllString(text, ""), -1) {
		verb, says, ok := m.table.Tap(strings.TrimSuffix(strings.TrimPrefix(quoted, "「"), "」"))
		again := slices.ContainsFunc(list, func(a chat.Action) bool { return a.Text == says })
		if ok && !again && len(list) < mostActions {
			list = append(list, chat.Action{Label: verb, Text: says})
		}
	}
	verbs := map[string]int{}
	for _, a := range list {
		verbs[a.Label]++
	}
	for k, a := range list {
		if verbs[a.Label] > 1 {
			list[k].Label = a.Text
		}
	}
	return list
}

// withNames writes the names to mention after the text, on networks that cannot ring a person.
func withNames(text string, mentions []chat.Mention, can chat.Capabilities) string {
	if can.Mentions || len(mentions) == 0 {
		return text
	}
	var names []string
	for _, m := range mentions {
		names = append(names, "@"+m.Name)
	}
	return text + "\n" + strings.Join(names, " ")
}
