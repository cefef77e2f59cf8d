// Package setup writes the first configuration file of a county from the answers to five questions.
package setup

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"duban/internal/config"
)

// Answers are the answers to the five questions; an empty one is asked for.
type Answers struct {
	County  string // 县（市、区）, or the whole name of the campaign
	Admin   string // the person who installs: office and administrator
	Office  string // the office's group
	Inspect string // the group in which inspectors report
	Web     string // Here or LAN
}

// Who can open the dashboard.
const (
	Here = "本机"
	LAN  = "局域网"
)

// question is one of the five.
type question struct {
	flag     string
	text     string
	fallback string // what an empty line means; "" if it must be answered
	answer   func(*Answers) *string
}

var questions = []question{
	{"--county", "① 县（市、区）的名称，如 兴安县", "", func(a *Answers) *string { return &a.County }},
	{"--admin", "② 您的姓名（您是创城办人员，也是管理员）", "", func(a *Answers) *string { return &a.Admin }},
	{"--office-group", "③ 创城办自己的工作群叫什么", "创城办工作群", func(a *Answers) *string { return &a.Office }},
	{"--inspect-group", "④ 督查员上报问题的工作群叫什么", "创城督查工作群", func(a *Answers) *string { return &a.Inspect }},
	{"--web", "⑤ 网页看板在哪里能打开：本机，或 局域网", Here, func(a *Answers) *string { return &a.Web }},
}

// errStopped says that the person gave up or the input ended.
var errStopped = errors.New("没有答完，什么都没有写")

// Init asks for what is not given and writes a new configuration file, readable by its owner alone. The example is the text of
// config.example.yaml. An existing file is never touched; nothing is written before everything is answered. Errors are Chinese
// sentences.
func Init(ctx context.Context, file, example string, given Answers, in io.Reader, out io.Writer) error {
	if err := free(file); err != nil {
		return err
	}
	a, err := interview(ctx, example, given, in, out)
	if err != nil {
		return err
	}
	token := rand.Text()
	text, err := render(example, a, token)
	if err != nil {
		return err
	}
	if _, err := config.Parse(file, []byte(text)); err != nil {
		return err
	}
	if err := write(file, text); err != nil {
		return fmt.Errorf("没有写成 %s：%w", file, err)
	}
	fmt.Fprint(out, done(file, a, token))
	return nil
}

// interview completes the answers. An answer that was given and cannot stay is an error; one that was typed is asked for again.
func interview(ctx context.Context, example string, given Answers, in io.Reader, out io.Writer) (Answers, error) {
	var a Answers
	lines := readLines(ctx, in)
	greeted := false
	for _, q := range questions {
		if text := strings.TrimSpace(*q.answer(&given)); text != "" {
			if why := q.take(&a, example, text); why != "" {
				return a, fmt.Errorf("%s “%s”：%s", q.flag, text, why)
			}
			continue
		}
		if !greeted {
			fmt.Fprint(out, "回答几个问题，就写好配置文件。方括号里的是默认的，直接按回车就用它；按 Ctrl+C 放弃，什么都不写。\n\n")
			greeted = true
		}
		if err := q.ask(ctx, &a, example, lines, out); err != nil {
			fmt.Fprintln(out)
			return a, err
		}
	}
	return a, nil
}

// ask asks until the answer can stay.
func (q question) ask(ctx context.Context, a *Answers, example string, lines <-chan string, out io.Writer) error {
	for {
		fmt.Fprint(out, q.text)
		if q.fallback != "" {
			fmt.Fprintf(out, " [%s]", q.fallback)
		}
		fmt.Fprint(out, "：")
		select {
		case <-ctx.Done():
			return errStopped
		case text, ok := <-lines:
			if !ok {
				return errStopped
			}
			if text = strings.TrimSpace(text); text == "" {
				text = q.fallback
			}
			why := "不能为空"
			if text != "" {
				why = q.take(a, example, text)
			}
			if why == "" {
				return nil
			}
			fmt.Fprintf(out, "  不行：%s\n", why)
		}
	}
}

// take puts an answer in its place, or says why it cannot stay.
func (q question) take(a *Answers, example, text string) string {
	next := *a
	if text == "1" && q.fallback == Here {
		text = Here
	}
	if text == "2" && q.fallback == Here {
		text = LAN
	}
	if q.fallback == Here && text != Here && text != LAN {
		return "请写 " + Here + " 或 " + LAN
	}
	*q.answer(&next) = text
	if why := reason(example, next); why != "" {
		return why
	}
	*a = next
	return ""
}

// readLines hands on the input's lines until it or ctx ends. It reads by itself, because a person who gives up at the terminal
// must not have to press Enter first.
func readLines(ctx context.Context, in io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(in); s.Scan(); {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

// free says whether there is no such file yet.
func free(file string) error {
	_, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s 无法查看：%w", file, err)
	}
	return fmt.Errorf("%s 已经有了，没有动它。要修改请直接编辑；要重新开始，先给它改个名字", file)
}

// write makes the file at once and whole, and only if there is none: a link, unlike a renaming, replaces nothing. Where the file
// system has no links, the last look has to do.
func write(file, text string) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".duban-init-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if os.Link(f.Name(), file) == nil {
		return nil
	}
	if err := free(file); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// done is what the person reads at the end: where the file is, the token, and what to do next.
func done(file string, a Answers, token string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n已写好 %s，只有您能读。每一项都有说明，以后可以改。\n", file)
	fmt.Fprintf(&b, "看板口令（写在 web.token，只显示这一次，不要发到群里）：%s\n", token)
	if a.Web == LAN {
		b.WriteString("看板在局域网里能打开，请确认这台电脑的防火墙只放行单位内部。\n")
	}
	flag := Naming(file)
	b.WriteString("\n接下来三步：\n")
	b.WriteString("  1. duban template    生成“" + form + "”，用 Excel 或 WPS 填好单位、人员、点位、群，保存\n")
	b.WriteString("  2. duban import " + form + flag + "    看过变化，回答 y 写入配置\n")
	b.WriteString("  3. duban run" + flag + "    显示二维码，用专用号的手机微信扫码\n")
	b.WriteString("哪一步不顺，运行 duban doctor" + flag + " 看看是什么问题。\n")
	return b.String()
}

// form is the workbook that duban template writes if it is told no name.
const form = "单位和人员登记表.xlsx"

// Naming is how the next commands name the configuration file: not at all where they look for it anyway.
func Naming(file string) (flag string) {
	if here, err := filepath.Abs("config.yaml"); err == nil && here == file {
		return ""
	}
	return " --config " + shownFile(file)
}
