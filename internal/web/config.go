package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// ConfigFile is the configuration file as administrators edit it here. Texts have marks where the file has secrets written out;
// where a mark stays, the secret stays.
type ConfigFile struct {
	// Name is where the file is; "" if the program runs without one.
	Name string
	// Read gives the text and a name for exactly this version of it.
	Read func() (text, version string, err error)
	// Check says what is wrong with a text that was made from a version, or what it would change.
	Check func(ctx context.Context, text, version string) (Verdict, error)
	// Save puts a text into the file and in force, and says what came of it. Nothing is written if the verdict is not good.
	Save func(ctx context.Context, text, version, by string) (said string, v Verdict, err error)
	// Fill gives the text with what a spreadsheet says of units, people, places, categories and groups, the version that it was made
	// from, and what was read, in words. A sheet with faults is refused with all of them, a line each, as an *issue.Error.
	Fill func(data []byte, remove bool) (text, version string, notes []string, err error)
	// Reload puts in force what the file says now, and says what came of it.
	Reload func(ctx context.Context, by string) (string, error)
}

// Verdict is what there is to say of a text for the configuration file.
type Verdict struct {
	Stale   bool // the file is another by now than the one that the text was made from
	Faults  []Fault
	More    int      // further faults, too many to list
	Refused string   // why it cannot be in force although it has no faults
	Changes []string // what would change, in words
}

// Good says whether the text may be saved.
func (v Verdict) Good() bool { return !v.Stale && len(v.Faults) == 0 && v.Refused == "" }

// Fault is one thing that is wrong in the text.
type Fault struct {
	Line  int // from 1; 0 if it is of the text as a whole
	Where string
	Text  string
}

// configForm bounds the form with the file, in bytes: each character may be nine in it.
const configForm = 16 << 20

// around is how many lines are shown before and after one with a fault.
const around = 1

type configView struct {
	Name, Text, Version string
	Checked             bool
	Verdict             Verdict
	Notes               []string   // of the spreadsheet that the text is filled from
	Lines               []lineView // those with faults, and their neighbours
}

type lineView struct {
	N     int
	Text  string
	Fault bool
	Gap   bool // lines are left out before it
}

// config shows the file.
func (v *visit) config() error {
	file := v.s.Lent.Config
	if file.Name == "" {
		return v.render(http.StatusOK, "message", "配置", "这里没有配置文件（演示的配置在程序里）。正式运行时，管理员可以在这一页检查、修改和保存配置。")
	}
	text, version, err := file.Read()
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "config", "配置", configView{Name: file.Name, Text: text, Version: version})
}

// edited reads what the visitor has made of the file. Browsers end lines with two characters.
func (v *visit) edited() (text, version string, err error) {
	if v.s.Lent.Config.Name == "" {
		return "", "", notFound("这里没有配置文件")
	}
	if err := v.parse(configForm); err != nil {
		return "", "", err
	}
	if !v.r.PostForm.Has("text") || v.r.PostFormValue("version") == "" {
		return "", "", badRequest("表单不完整，请返回刷新页面再试")
	}
	return strings.ReplaceAll(v.r.PostFormValue("text"), "\r\n", "\n"), v.r.PostFormValue("version"), nil
}

// checkConfig says what is wrong with the text or what it would change. It changes nothing.
func (v *visit) checkConfig() error {
	text, version, err := v.edited()
	if err != nil {
		return err
	}
	verdict, err := v.s.Lent.Config.Check(v.r.Context(), text, version)
	if err != nil {
		return err
	}
	return v.judged(http.StatusOK, text, version, verdict)
}

// judged shows the text with what there is to say of it.
func (v *visit) judged(status int, text, version string, verdict Verdict, notes ...string) error {
	page := configView{
		Name: v.s.Lent.Config.Name, Text: text, Version: version, Checked: true, Verdict: verdict, Notes: notes, Lines: excerpt(text, verdict.Faults),
	}
	return v.render(status, "config", "配置", page)
}

// excerpt are the lines with faults, each with its neighbours.
func excerpt(text string, faults []Fault) []lineView {
	lines := strings.Split(text, "\n")
	show := map[int]bool{} // whether the line itself has a fault
	for _, f := range faults {
		for n := max(1, f.Line-around); f.Line > 0 && n <= min(len(lines), f.Line+around); n++ {
			show[n] = show[n] || n == f.Line
		}
	}
	var out []lineView
	for n := range lines {
		fault, shown := show[n+1]
		if shown {
			gap := len(out) > 0 && out[len(out)-1].N != n
			out = append(out, lineView{N: n + 1, Text: lines[n], Fault: fault, Gap: gap})
		}
	}
	return out
}

// unsaved is a text that was not saved.
type unsaved struct{ verdict Verdict }

func (unsaved) Error() string { return "configuration not saved" }

// saveConfig writes the file and puts it in force. What cannot be saved is shown again, so that nothing is lost.
func (v *visit) saveConfig() error {
	text, version, err := v.edited()
	if err != nil {
		return err
	}
	err = v.once("/config", func() (outcome, error) {
		said, verdict, err := v.s.Lent.Config.Save(context.WithoutCancel(v.r.Context()), text, version, v.who.ID)
		if err == nil && !verdict.Good() {
			err = unsaved{verdict}
		}
		return outcome{said: said}, err
	})
	if u, ok := errors.AsType[unsaved](err); ok {
		return v.judged(http.StatusUnprocessableEntity, text, version, u.verdict)
	}
	return err
}

// reload puts in force what the file says now.
func (v *visit) reload() error {
	if v.s.Lent.Config.Name == "" {
		return notFound("这里没有配置文件")
	}
	return v.act("/config", func() (outcome, error) {
		said, err := v.s.Lent.Config.Reload(context.WithoutCancel(v.r.Context()), v.who.ID)
		return outcome{said: said}, err
	})
}
