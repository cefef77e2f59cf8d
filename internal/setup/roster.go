package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"duban/internal/config"
	"duban/internal/issue"
	"duban/internal/roster"
	"duban/internal/sheet"
)

// Template writes a workbook to fill in: with what a configuration has, or else empty, with examples and the categories that come
// with the program. An existing file is replaced only by force. Errors are Chinese sentences.
func Template(file, configFile string, force bool, out io.Writer) error {
	if !strings.EqualFold(filepath.Ext(file), ".xlsx") {
		return fmt.Errorf("%s：模板是 Excel 文件，名称要以 .xlsx 结尾", file)
	}
	if !force {
		if _, err := os.Lstat(file); err == nil {
			return fmt.Errorf("文件 %s 已经存在；要覆盖请加 --force", file)
		}
	}
	c := config.Default()
	if configFile != "" {
		loaded, err := config.Load(configFile)
		if err != nil {
			return err
		}
		c = *loaded
	}
	var b bytes.Buffer
	if err := roster.Write(&b, c.Register()); err != nil {
		return err
	}
	if err := config.Replace(file, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("没有写成 %s：%w", file, err)
	}
	into := ""
	if configFile != "" {
		into = Naming(configFile)
	}
	fmt.Fprintf(out, "模板已写到 %s。填好后运行：duban import %s%s\n", file, shownFile(file), into)
	return nil
}

// Import is a workbook that is to be brought into a configuration.
type Import struct {
	File   string // the workbook
	Config string
	Write  bool // the configuration is written without asking
	Remove bool // what a sheet does not have is removed
}

// Run reads the workbook and tells what would change, or every fault of it. The configuration is written only if that was asked for, or
// if a person at the terminal says so; its comments and whatever does not change stay as they are. Errors are Chinese sentences.
func (i Import) Run(ctx context.Context, in io.Reader, out io.Writer) error {
	data, err := os.ReadFile(i.Config)
	if err != nil {
		_, err := config.Load(i.Config) // which says in Chinese what is the matter
		return err
	}
	now, err := config.Parse(i.Config, data)
	if err != nil {
		return fmt.Errorf("%w\n请先改好配置文件，再导入表格", err)
	}
	plan, err := i.read(now.Register())
	if err != nil {
		return err
	}
	text, err := config.Rewrite(i.Config, data, plan.Register)
	if err != nil {
		return i.explain(plan, err)
	}
	next, err := config.Parse(i.Config, text)
	if err != nil {
		return err
	}
	i.report(plan, now, next, out)
	switch {
	case bytes.Equal(text, data):
		return nil
	case !i.Write && !Agreed(ctx, in, out, "\n写入 "+filepath.Base(i.Config)+"？[y/N] "):
		fmt.Fprintf(out, "\n什么都没有写入。确认后写入请运行：duban import %s%s --write\n", shownFile(i.File), i.flags())
		return nil
	}
	if err := config.Write(i.Config, data, text); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n已写入 %s，原来的留在 %s.bak。正在运行的机器人会自动重新读取。\n", i.Config, filepath.Base(i.Config))
	return nil
}

// flags are what the same import is asked for with.
func (i Import) flags() string {
	if i.Remove {
		return Naming(i.Config) + " --remove"
	}
	return Naming(i.Config)
}

// Fill gives the text of a configuration with what a workbook says, and what was read, in words, for whoever looks at it before it is
// saved. Errors are Chinese sentences, a line for each fault.
func Fill(i Import, data, workbook []byte) (text []byte, notes []string, err error) {
	now, err := config.Parse(i.Config, data)
	if err != nil {
		return nil, nil, fmt.Errorf("%w\n请先改好配置文件，再导入表格", err)
	}
	plan, err := i.readBook(workbook, now.Register())
	if err != nil {
		return nil, nil, err
	}
	if text, err = config.Rewrite(i.Config, data, plan.Register); err != nil {
		return nil, nil, i.explain(plan, err)
	}
	notes = readings(plan)
	for _, m := range plan.Missing {
		if !i.Remove {
			notes = append(notes, fmt.Sprintf("“%s”表里没有、配置里有的 %d 个保留不动：%s", m.Sheet, len(m.Names), some(m.Names)))
		}
	}
	return text, notes, nil
}

// read reads the workbook.
func (i Import) read(reg *issue.Register) (*roster.Import, error) {
	f, err := os.Open(i.File)
	if err != nil {
		return nil, fmt.Errorf("打不开 %s：没有这个文件，或没有权限读", i.File)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, sheet.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("读不出 %s：%w", i.File, err)
	}
	return i.readBook(data, reg)
}

// readBook reads the bytes of the workbook.
func (i Import) readBook(data []byte, reg *issue.Register) (*roster.Import, error) {
	book, err := sheet.OpenWorkbook(data)
	if err != nil {
		return nil, i.unreadable(err)
	}
	defer func() { _ = book.Close() }()
	if sheets := book.Sheets(); len(sheets) == 1 && sheets[0] == "" {
		return nil, fmt.Errorf("%s 是 CSV 或文本文件，只放得下一张表。请用 duban template 生成 .xlsx 模板，填在模板里再导入", i.File)
	}
	plan, err := roster.Read(book, reg, roster.Options{Remove: i.Remove})
	if faults, ok := errors.AsType[*roster.Errors](err); ok {
		return nil, fmt.Errorf("%w\n共 %d 处要改，什么都没有写入。请在表格里改好、保存，再导入一次", err, len(faults.Faults)+faults.More)
	}
	if err != nil {
		return nil, i.unreadable(err)
	}
	return plan, nil
}

// unreadable is what OpenWorkbook says of a file that was sent, to somebody who has it on the own computer.
func (i Import) unreadable(err error) error {
	e, ok := issue.AsError(err)
	if !ok {
		return err
	}
	hint := strings.NewReplacer("再发", "再导入", "重新发一次", "检查文件", "请发 ", "请用 ").Replace(e.Hint)
	return fmt.Errorf("%s：%s。%s", i.File, e.Text, hint)
}

// explain tells the faults that the configuration would have, each where it comes from: a cell of the workbook, or what the
// configuration has besides.
func (i Import) explain(plan *roster.Import, err error) error {
	faults, ok := errors.AsType[*config.Errors](err)
	if !ok {
		return err
	}
	lines := make([]string, len(faults.Faults))
	for n, f := range faults.Faults {
		if at, ok := plan.Place(f.Path); ok {
			at.Text = f.Text
			lines[n] = at.String()
			continue
		}
		f.Line = 0 // of a text that nobody has
		f.File = i.Config
		lines[n] = f.String()
	}
	if faults.More > 0 {
		lines = append(lines, fmt.Sprintf("还有 %d 处错误没有列出", faults.More))
	}
	return fmt.Errorf("%s\n导入后配置会有以上错误，什么都没有写入。请在表格或配置文件里改好，再导入一次", strings.Join(lines, "\n"))
}

// report tells what was read and what would change.
func (i Import) report(plan *roster.Import, now, next *config.Config, out io.Writer) {
	for _, note := range readings(plan) {
		fmt.Fprintln(out, note)
	}
	if diff := config.Diff(now, next); len(diff.Lines) == 0 {
		fmt.Fprintf(out, "表格和 %s 一致，没有要改的。\n", i.Config)
	} else {
		fmt.Fprintf(out, "导入后的变化：\n  %s\n", strings.ReplaceAll(diff.Text(), "\n", "\n  "))
	}
	for _, m := range plan.Missing {
		if !i.Remove {
			fmt.Fprintf(out, "“%s”表里没有、配置里有的 %d 个保留不动：%s。确实要删去，请加 --remove\n", m.Sheet, len(m.Names), some(m.Names))
		}
	}
}

// readings tells what was read.
func readings(plan *roster.Import) []string {
	var read []string
	for _, c := range plan.Read {
		read = append(read, fmt.Sprintf("%s %d 行", c.Sheet, c.Rows))
	}
	notes := []string{"读到：" + strings.Join(read, "、")}
	for _, note := range plan.Notes {
		notes = append(notes, "注意："+note)
	}
	return notes
}

// some names the first few.
func some(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, "、")
	}
	return strings.Join(names[:most], "、") + " 等"
}

// Agreed asks a person at the terminal. Where there is none, nobody has agreed.
func Agreed(ctx context.Context, in io.Reader, out io.Writer, question string) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	return asked(ctx, in, out, question)
}

// asked says whether a question is answered by yes.
func asked(ctx context.Context, in io.Reader, out io.Writer, question string) bool {
	fmt.Fprint(out, question)
	select {
	case <-ctx.Done():
	case answer := <-readLines(ctx, in):
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "y", "yes", "是", "ｙ":
			return true
		}
	}
	return false
}

// shownFile is a file as a command names it.
func shownFile(file string) string {
	if strings.ContainsAny(file, " \t") {
		return `"` + file + `"`
	}
	return file
}
