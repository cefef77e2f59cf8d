package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"duban/handlers"
	"duban/internal/config"
	"duban/internal/files"
	"duban/internal/understand"
)

// Export is what a ledger is asked for on the command line, in people's words. Empty fields do not restrict.
type Export struct {
	Format   string // xlsx, csv or json
	From, To string // days, both included
	Period   string // instead of them: 本月
	Unit     string // id or name
	Status   []string
	Photos   bool
	File     string // "": a spreadsheet gets a name of its own, the others go to the terminal's output
	Force    bool   // an existing file is overwritten
}

// ExportLedger writes the ledger 台账 of a configuration's database, which a running bot may be using (S18, domain.md row 56). How
// far it is stands on the terminal's error output. A file appears when it is complete.
func ExportLedger(ctx context.Context, cfg *config.Config, e Export, t Terminal, log *slog.Logger) (err error) {
	now := time.Now()
	cal, err := cfg.NewCalendar()
	if err != nil {
		return fmt.Errorf("日历配置：%w", err)
	}
	w := handlers.NewWorld(cfg.Register(), cal)
	l, err := e.ledger(w, now.In(cal.Location()))
	if err != nil {
		return err
	}
	if e.File == "" && files.Format(e.Format) == files.XLSX {
		e.File = l.Name(w.Reg) + ".xlsx"
	}
	s, err := openData(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	maker := files.New(s, w.Words, cfg.Storage.Media, painter(cfg.Pictures.Font))
	return e.write(ctx, t, func(out io.Writer) (int, error) {
		return maker.Write(ctx, now, files.Export{Ledger: l, Format: files.Format(e.Format), Progress: func(done, total int) {
			fmt.Fprintf(t.ErrOut, "已写 %d / %d\n", done, total)
		}}, out)
	})
}

// write lets the ledger be written where it is wanted, and says how it went. An interrupted export has failed.
func (e Export) write(ctx context.Context, t Terminal, ledger func(io.Writer) (int, error)) error {
	n, err, where := 0, error(nil), "标准输出"
	if e.File == "" {
		n, err = ledger(t.Out)
	} else {
		where = e.File
		n, err = e.toFile(ledger)
	}
	switch {
	case ctx.Err() != nil:
		return errors.New("导出被中断，没有完成")
	case errors.Is(err, files.ErrTooLong):
		return errors.New("问题太多，一张表放不下；请缩小范围，或用 --format csv")
	case err != nil:
		return fmt.Errorf("导出没有完成：%w", err)
	}
	fmt.Fprintf(t.ErrOut, "已导出 %d 件到 %s\n", n, where)
	return nil
}

// toFile writes a file beside its place and puts it there when it is complete, readable by its owner alone.
func (e Export) toFile(write func(io.Writer) (int, error)) (n int, err error) {
	if err := e.free(); err != nil {
		return 0, err
	}
	f, err := os.CreateTemp(filepath.Dir(e.File), ".duban-export-*") // mode 0600
	if err != nil {
		return 0, err
	}
	n, err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = e.free()
	}
	if err == nil {
		err = os.Rename(f.Name(), e.File)
	}
	if err != nil {
		return n, errors.Join(err, os.Remove(f.Name()))
	}
	return n, nil
}

// free says whether the file may be written.
func (e Export) free() error {
	_, err := os.Lstat(e.File)
	switch {
	case e.Force || errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("文件 %s 已经存在；要覆盖请加 --force", e.File)
}

// ledger reads what is asked for.
func (e Export) ledger(w *handlers.World, now time.Time) (files.Ledger, error) {
	l := files.Ledger{Photos: e.Photos}
	if e.Photos && files.Format(e.Format) != files.XLSX {
		return l, errors.New("--photos 只用于 xlsx")
	}
	if err := e.span(&l, now); err != nil {
		return l, err
	}
	if e.Unit != "" {
		if l.Unit = unitOf(w, e.Unit); l.Unit == "" {
			return l, fmt.Errorf("--unit：配置里没有“%s”这个单位", e.Unit)
		}
	}
	for _, word := range e.Status {
		if !l.Restrict(word, now) {
			var names []string
			for _, s := range files.Standings() {
				names = append(names, s.Name)
			}
			return l, fmt.Errorf("--status：没有“%s”这种状态，可写 %s，或只写 %s", word, strings.Join(names, "、"), files.Overdue)
		}
	}
	return l, nil
}

// unitOf finds a unit by its id, name or alias; "" if there is none.
func unitOf(w *handlers.World, name string) string {
	if u, ok := w.Reg.UnitNamed(name); ok {
		return u.ID
	}
	id, _ := w.Reader.Unit(name)
	return id
}

// span reads the time that a ledger covers.
func (e Export) span(l *files.Ledger, now time.Time) error {
	var spans [3]understand.Period
	for n, f := range []struct{ flag, text string }{{"--period", e.Period}, {"--from", e.From}, {"--to", e.To}} {
		p, ok := understand.ReadPeriod(f.text, now)
		if f.text != "" && !ok {
			return fmt.Errorf("%s：“%s”看不出是什么时间，可写 2026-11-01、本月、上周", f.flag, f.text)
		}
		if ok {
			spans[n] = p
		}
	}
	l.From, l.To, l.Period = spans[1].From, spans[2].To, "全部"
	switch {
	case e.Period != "" && e.From+e.To != "":
		return errors.New("--period 与 --from、--to 只能用一种")
	case e.Period != "":
		l.From, l.To, l.Period = spans[0].From, spans[0].To, spans[0].Name
	case e.From != "" && e.To != "" && !l.From.Before(l.To):
		return errors.New("--from 不能晚于 --to")
	case e.From+e.To != "":
		l.Period = date(l.From) + "至" + date(l.To.AddDate(0, 0, -1))
	}
	return nil
}

// date is a day as a title says it; "" for an open end.
func date(t time.Time) string {
	if t.Year() <= 1 {
		return ""
	}
	return t.Format("2006年1月2日")
}
