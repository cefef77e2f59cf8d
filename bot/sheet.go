package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"duban/handlers"
	"duban/internal/chat"
	"duban/internal/intake"
	"duban/internal/issue"
	"duban/internal/media"
	"duban/internal/store"
)

// takesFiles says whether the files of a message without a command are kept in mind: spreadsheets of people who may import. Other
// files are nobody's business.
func (e *edition) takesFiles(m chat.Message, who identity) bool {
	return e.world.MayImport(who.person.ID) && !who.weak && slices.ContainsFunc(m.Files, isSheet)
}

func isSheet(f chat.File) bool { return intake.Looks(f.Name) }

// upload brings and reads the spreadsheet that a message is about, before any transaction is open: the one that came with it, or
// that the same person sent here shortly before a command that takes one. A spreadsheet without a command is brought only if one
// waits for it. There may be none.
func (b *Bot) upload(ctx context.Context, e *edition, m chat.Message, who identity, calls []handlers.Call) (*handlers.Upload, error) {
	command := handlers.TakesSheet(calls)
	if len(calls) > 0 && !command || !e.world.MayImport(who.person.ID) || who.weak {
		return nil, nil
	}
	file, ok := newestSheet(m)
	err := b.store.Read(ctx, b.Now(), func(tx *store.Tx) (err error) {
		switch {
		case ok && !command:
			_, ok, err = tx.WaitingBatch(string(target(m, who)), who.person.ID)
		case !ok && command:
			file, ok, err = recentSheet(tx, m, e.world.Reg.Rules.PairWindow)
		}
		return err
	})
	if err != nil || !ok {
		return nil, err
	}
	return b.read(ctx, e, m.Channel, file)
}

func newestSheet(m chat.Message) (chat.File, bool) {
	for _, f := range slices.Backward(m.Files) {
		if isSheet(f) {
			return f, true
		}
	}
	return chat.File{}, false
}

// recentMessages is how many messages of a conversation are searched for a file; pair_window bounds their age.
const recentMessages = 200

// recentSheet finds the spreadsheet that the sender of a message last sent in the same conversation and login. The inbox keeps it,
// so that it survives a crash and no second list can disagree.
func recentSheet(tx *store.Tx, m chat.Message, within time.Duration) (chat.File, bool, error) {
	list, err := tx.RecentArrivals(m.Channel, m.Conversation.Key, tx.Now().Add(-within), recentMessages)
	for _, a := range list {
		var old chat.Message
		if json.Unmarshal([]byte(a.Body), &old) != nil || old.From.Key != m.From.Key || old.Session != m.Session {
			continue
		}
		if f, ok := newestSheet(old); ok {
			return f, true, nil
		}
	}
	return chat.File{}, false, err
}

// read fetches a spreadsheet and reads it. What is wrong with it is part of the upload.
func (b *Bot) read(ctx context.Context, e *edition, channel string, f chat.File) (*handlers.Upload, error) {
	refused := func(fault *issue.Error) *handlers.Upload { return &handlers.Upload{Trouble: fault} }
	c, _ := b.channel(channel)
	fetcher, ok := c.(chat.FileFetcher)
	if !ok {
		return refused(issue.Fail(issue.CodeInput, "这个平台收不了文件", "请在网页后台导入")), nil
	}
	data, err := retry(ctx, func() ([]byte, error) { return fetcher.FetchFile(ctx, f, intake.MaxFile) })
	switch {
	case errors.Is(err, chat.ErrTooLarge):
		return refused(issue.Fail(issue.CodeInput, fmt.Sprintf("表格太大，最大 %d MB", intake.MaxFile>>20), "请删掉图片和用不到的工作表，或分成几个文件再发")), nil
	case err != nil:
		b.log.Warn("file not fetched", "channel", channel, "err", err)
		return refused(issue.Fail(issue.CodeInput, "表格没有收到", "请重发表格")), nil
	}
	sheet, err := intake.Read(f.Name, data)
	if fault, own := issue.AsError(err); own {
		b.log.Info("spreadsheet refused", "text", fault.Text, "err", fault.Err)
		return refused(fault), nil
	} else if err != nil {
		return nil, err
	}
	return &handlers.Upload{Sheet: sheet, Keep: func() (string, error) { return e.keep(sheet, data) }}, nil
}

// keep keeps the original of a spreadsheet and gives its path below the media folder.
func (e *edition) keep(s *intake.Sheet, data []byte) (string, error) {
	name := media.Original(s.SHA256, strings.ToLower(filepath.Ext(s.Name)))
	return name, writeMedia(e.cfg.Storage.Media, name, data)
}

// beforehand says, in a transaction of its own, that what follows takes a while: the work is one transaction, and nothing of it is
// seen before it ends. A message that is handled again after a crash says it once.
func (b *Bot) beforehand(ctx context.Context, e *edition, a store.Arrival, m chat.Message, who identity, calls []handlers.Call, up *handlers.Upload) error {
	if !handlers.MayTakeLong(calls, up) {
		return nil
	}
	var text string
	err := b.store.Read(ctx, b.Now(), func(tx *store.Tx) (err error) {
		req := b.request(e, tx, m, who)
		req.Upload = up
		text, err = req.Beforehand(calls)
		return err
	})
	if err != nil || text == "" {
		return err
	}
	err = b.store.Write(ctx, b.Now(), func(tx *store.Tx) error {
		if err := b.leases.Fence(tx, b.duty(m.Channel)); err != nil {
			return err
		}
		return tx.Send(store.Out{To: target(m, who), Via: m.Channel, Text: text, Dedup: fmt.Sprintf("beforehand/%d", a.ID)})
	})
	b.outbox.poke()
	return err
}
