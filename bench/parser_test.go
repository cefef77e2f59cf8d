package bench

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/handlers"
	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/issue"
)

// leastOfRegexp is which part of the rate of three regular expressions the parser has to reach. They find the first verb, place and
// word of a category, which is the least that a bot without a parser of its own looks for; none of them understands a number, a
// deadline, a slip or a traditional character.
const leastOfRegexp = 0.1

// BenchmarkParser understands all that people say in the bot's own test conversations, and the chatter of groups, as often as it can: which
// command, which issues, which place, category and deadline. Beside it a few regular expressions look at the same texts.
func BenchmarkParser(b *testing.B) {
	cfg, err := config.Load("../bot/testdata/talk.yaml")
	if err != nil {
		b.Fatal(err)
	}
	cal, err := cfg.NewCalendar()
	if err != nil {
		b.Fatal(err)
	}
	w := handlers.NewWorld(cfg.Register(), cal)
	said := commands(b)
	hand := byRegexp(w, said)
	for _, texts := range []struct {
		name string
		said []string
	}{{"commands", said}, {"chatter", chatter(b)}} {
		b.Run(texts.name, func(b *testing.B) {
			var ours, theirs time.Duration
			for b.Loop() {
				began := time.Now()
				for _, text := range texts.said {
					parse(w, text)
				}
				ours += time.Since(began)
				began = time.Now()
				for _, text := range texts.said {
					for _, r := range hand {
						r.FindString(text)
					}
				}
				theirs += time.Since(began)
			}
			b.ReportMetric(float64(len(texts.said)*b.N)/ours.Seconds(), "messages/s")
			atLeast(b, float64(theirs)/float64(ours), "times-regexp", leastOfRegexp)
			alone(b)
		})
	}
}

// morning is when all is said.
var morning = time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("Asia/Shanghai", 8*60*60))

// parse understands a message as the bot does: its commands, and what a report says.
func parse(w *handlers.World, text string) {
	for _, c := range w.Table.Match(handlers.Input{Text: text}) {
		if c.Command.Action == issue.Report { // 上报; 当场解决 and 投诉 are read in the same way
			w.Reader.Report(c.Args, morning)
		}
	}
}

// byRegexp are the expressions: of the verbs of all commands that are said, of all places, and of all words of categories.
func byRegexp(w *handlers.World, said []string) []*regexp.Regexp {
	var verbs, places, words []string
	for _, text := range said {
		for _, c := range w.Table.Match(handlers.Input{Text: text}) {
			verbs = append(append(verbs, c.Command.Name), c.Command.Aliases...)
		}
	}
	for _, p := range w.Reg.Places {
		places = append(append(places, p.Name), p.Aliases...)
	}
	for _, c := range w.Reg.Categories {
		words = append(words, c.Keywords...)
	}
	var out []*regexp.Regexp
	for n, list := range [][]string{verbs, places, words} {
		slices.SortFunc(list, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) }) // the longest first
		list = slices.Compact(list)
		for k := range list {
			list[k] = regexp.QuoteMeta(list[k])
		}
		out = append(out, regexp.MustCompile([]string{"^", "", ""}[n]+"("+strings.Join(list, "|")+")"))
	}
	return out
}

// commands are what people say to the bot in its test conversations.
func commands(b *testing.B) (out []string) {
	b.Helper()
	files, err := filepath.Glob("../bot/testdata/talk/*.txt")
	if err != nil || len(files) == 0 {
		b.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		for step, err := range chat.Steps(strings.NewReader(string(text))) {
			if err != nil {
				b.Fatal(err)
			}
			if step.Kind == chat.StepSay && step.Text != "" {
				out = append(out, step.Text)
			}
		}
	}
	return out
}

// chatter is what people say to each other.
func chatter(b *testing.B) (out []string) {
	b.Helper()
	for _, file := range []string{"../bot/testdata/chatter.txt", "../internal/understand/testdata/chatter_sample.txt"} {
		text, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, strings.Split(strings.TrimSpace(string(text)), "\n")...)
	}
	return out
}
