package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"unicode/utf8"

	"duban/internal/config"
	"duban/internal/issue"
	"duban/internal/setup"
	"duban/internal/store"
	"duban/internal/web"
)

// configFile is the configuration's file as the dashboard edits it; the zero value where there is none.
func (b *Bot) configFile() web.ConfigFile {
	if b.started.File == "" {
		return web.ConfigFile{}
	}
	f := configFile{b, b.started.File}
	return web.ConfigFile{Name: f.path, Read: f.read, Check: f.check, Save: f.save, Fill: f.fill, Reload: f.reload}
}

type configFile struct {
	bot  *Bot
	path string
}

// read gives the text with its secrets hidden.
func (f configFile) read() (text, version string, err error) {
	data, err := f.bytes()
	if err != nil {
		return "", "", err
	}
	hidden, err := config.Hide(data)
	if errors.Is(err, config.ErrHide) {
		err = issue.Fail(issue.CodeState, config.ErrHide.Error(), "")
	}
	return string(hidden), versionOf(data), err
}

func (f configFile) bytes() ([]byte, error) {
	data, err := os.ReadFile(f.path)
	switch {
	case err != nil:
		_, _, err = config.LoadText(f.path) // which says in Chinese what is the matter
		return nil, issue.Fail(issue.CodeState, "配置文件读不出："+err.Error(), "")
	case !utf8.Valid(data):
		return nil, issue.Fail(issue.CodeState, "配置文件不是 UTF-8 编码，网页上不能改", "请用记事本“另存为”，编码选 UTF-8")
	}
	return data, nil
}

// versionOf names exactly this text.
func versionOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// check says what there is to say of a text.
func (f configFile) check(ctx context.Context, text, version string) (web.Verdict, error) {
	_, _, v, err := f.judge(ctx, text, version)
	return v, err
}

// judge gives the present text of the file and the new one, and what there is to say of it: what a reload would say.
func (f configFile) judge(ctx context.Context, text, version string) (before, after []byte, v web.Verdict, err error) {
	if before, err = f.bytes(); err != nil {
		return nil, nil, v, err
	}
	if versionOf(before) != version {
		return before, nil, web.Verdict{Stale: true}, nil
	}
	after, err = config.Restore([]byte(text), before)
	if errors.Is(err, config.ErrMark) {
		return before, nil, web.Verdict{Faults: []web.Fault{{Text: config.ErrMark.Error()}}}, nil
	}
	cfg, err := config.Parse(f.path, after)
	if e, faulty := errors.AsType[*config.Errors](err); faulty {
		return before, nil, verdict(e), nil
	}
	if err != nil {
		return nil, nil, v, err
	}
	err = f.bot.store.Read(ctx, f.bot.Now(), func(tx *store.Tx) error {
		_, d, err := f.bot.next(tx, cfg, after)
		v.Changes = d.Lines
		for _, w := range d.Warnings {
			v.Changes = append(v.Changes, "注意："+w)
		}
		return err
	})
	if e, refused := issue.AsError(err); refused {
		v.Refused, err = e.Error(), nil
	}
	return before, after, v, err
}

// verdict is what there is to say of a text with faults.
func verdict(e *config.Errors) web.Verdict {
	v := web.Verdict{More: e.More}
	for _, fault := range e.Faults {
		f := web.Fault{Line: fault.Line, Where: fault.Path, Text: fault.Text}
		if fault.Value != "" {
			f.Text = "写的是 " + fault.Value + "：" + f.Text
		}
		v.Faults = append(v.Faults, f)
	}
	return v
}

// save writes a text into the file, if the file is still what it was made from, and puts it in force.
func (f configFile) save(ctx context.Context, text, version, by string) (said string, v web.Verdict, err error) {
	before, after, v, err := f.judge(ctx, text, version)
	if err != nil || !v.Good() {
		return "", v, err
	}
	switch err := config.Write(f.path, before, after); {
	case errors.Is(err, config.ErrChanged):
		return "", web.Verdict{Stale: true}, nil
	case err != nil:
		return "", v, issue.Fail(issue.CodeState, err.Error(), "请检查磁盘空间，以及配置文件所在的文件夹能不能写")
	}
	said, err = f.reload(ctx, by)
	if e, refused := issue.AsError(err); refused { // by what has happened since it was judged
		return "已写入文件，但没有生效。" + e.Error(), v, nil
	}
	return "已保存。" + said, v, err
}

// fill gives the text with what a spreadsheet says, its secrets hidden again.
func (f configFile) fill(data []byte, remove bool) (text, version string, notes []string, err error) {
	before, err := f.bytes()
	if err != nil {
		return "", "", nil, err
	}
	after, notes, err := setup.Fill(setup.Import{File: "表格", Config: f.path, Remove: remove}, before, data)
	if err != nil {
		return "", "", nil, issue.Fail(issue.CodeInput, err.Error(), "")
	}
	hidden, err := config.Hide(after)
	if err != nil {
		err = issue.Fail(issue.CodeState, config.ErrHide.Error(), "")
	}
	return string(hidden), versionOf(before), notes, err
}

// reload puts the file in force in the name of a person, or of whoever has the token.
func (f configFile) reload(ctx context.Context, by string) (string, error) {
	if by == "" {
		by = "看板"
	}
	return f.bot.Reload(ctx, by)
}
