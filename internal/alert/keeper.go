package alert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"duban/internal/health"
)

const (
	calm   = 2 * time.Minute // how long an alarm must be gone before it is over
	repeat = 24 * time.Hour  // how often it is said again while it lasts
	hour   = time.Hour
)

// keeper remembers what lasts and what was told of it, over restarts too.
type keeper struct {
	file string
	memory
	saved []byte // what the file holds
}

// memory is the file's content.
type memory struct {
	Lasting []lasting   `json:"lasting"`
	Sent    []time.Time `json:"sent"`    // the messages of the last hour
	Dead    int         `json:"dead"`    // how many dead letters there were
	DeadAt  time.Time   `json:"dead_at"` // when there were last more
	Known   bool        `json:"known"`   // Dead was counted once
}

// lasting is an alarm from its first sign until its end was told.
type lasting struct {
	Key   string        `json:"key"`
	Text  string        `json:"text"`
	Hold  time.Duration `json:"hold"`
	Since time.Time     `json:"since"`
	Seen  time.Time     `json:"seen"`
	Told  time.Time     `json:"told"` // when it was last told; zero: not yet
}

// load reads what an earlier run remembered. A file that cannot be read is as good as none: then something may be told twice.
func load(file string) (*keeper, error) {
	k := &keeper{file: file}
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &k.memory)
	}
	if err != nil {
		k.memory = memory{}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return k, err
}

// save writes the memory whole or not at all, and only if there is something new to remember. To the hour is exact enough for when an
// alarm was last seen: it is for the next run, which looks again.
func (k *keeper) save() error {
	m := k.memory
	m.Lasting = slices.Clone(m.Lasting)
	for n, a := range m.Lasting {
		if m.Lasting[n].Seen = a.Seen.Truncate(time.Hour); m.Lasting[n].Seen.Before(a.Since) {
			m.Lasting[n].Seen = a.Since
		}
	}
	data, err := json.Marshal(m)
	if err != nil || bytes.Equal(data, k.saved) {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(k.file), ".alerts-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), k.file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	k.saved = data
	return nil
}

// look takes a look at the program in. What was never told and is over is forgotten.
func (k *keeper) look(l Limits, s health.State) {
	k.back(s.At)
	alarms := l.alarms(s, func(key string) bool { return k.find(key) >= 0 })
	alarms = append(alarms, k.deadLetters(s)...)
	for _, a := range alarms {
		n := k.find(a.Key)
		if n < 0 {
			n = len(k.Lasting)
			k.Lasting = append(k.Lasting, lasting{Key: a.Key, Since: s.At})
		}
		k.Lasting[n].Text, k.Lasting[n].Hold, k.Lasting[n].Seen = a.Text, a.Hold, s.At
	}
	k.Lasting = slices.DeleteFunc(k.Lasting, func(a lasting) bool { return a.Told.IsZero() && s.At.Sub(a.Seen) >= calm })
	k.Sent = slices.DeleteFunc(k.Sent, func(t time.Time) bool { return s.At.Sub(t) >= hour || t.After(s.At) })
}

// back goes on by a clock that was set back: nothing was told or seen later than now.
func (k *keeper) back(now time.Time) {
	early := func(t *time.Time) {
		if t.After(now) {
			*t = now
		}
	}
	early(&k.DeadAt)
	for n := range k.Lasting {
		a := &k.Lasting[n]
		early(&a.Since)
		if a.Seen.After(now) {
			a.Seen = now.Add(-time.Nanosecond) // it is seen now only if it is there now
		}
		early(&a.Told)
	}
}

func (k *keeper) find(key string) int {
	return slices.IndexFunc(k.Lasting, func(a lasting) bool { return a.Key == key })
}

// deadLetters is an alarm for an hour after there came to be more of them. Those that were there before the first look are old.
func (k *keeper) deadLetters(s health.State) []Alarm {
	if s.Unread != nil {
		return nil
	}
	if k.Known && s.Load.Dead > k.Dead {
		k.DeadAt = s.At
	}
	k.Dead, k.Known = s.Load.Dead, true
	if k.DeadAt.IsZero() || s.At.Sub(k.DeadAt) >= deadFor {
		return nil
	}
	return []Alarm{{Key: "dead", Text: fmt.Sprintf("又有消息一直没有送到（共 %d 条），请看群是不是还绑定着、号是不是还在群里", s.Load.Dead)}}
}

// due is what has to be told now, as one message; "" if nothing has, or if there were enough messages in this hour.
func (k *keeper) due(l Limits, now time.Time) string {
	var lines []string
	for _, a := range k.Lasting {
		if line := a.line(l, now); line != "" {
			lines = append(lines, line)
		}
	}
	if len(k.Sent) >= l.PerHour {
		return ""
	}
	return strings.Join(lines, "\n")
}

// told records that what was due has arrived.
func (k *keeper) told(l Limits, now time.Time) {
	for n, a := range k.Lasting {
		switch {
		case a.line(l, now) == "":
		case a.over(now):
			k.Lasting[n].Key = "" // gone
		default:
			k.Lasting[n].Told = now
		}
	}
	k.Lasting = slices.DeleteFunc(k.Lasting, func(a lasting) bool { return a.Key == "" })
	k.Sent = append(k.Sent, now)
}

func (a lasting) over(now time.Time) bool { return now.Sub(a.Seen) >= calm }

// line is what is to be said of an alarm; "" if nothing is.
func (a lasting) line(l Limits, now time.Time) string {
	switch {
	case a.over(now) && a.Told.IsZero():
		return ""
	case a.over(now):
		return "【已恢复】" + a.Text + "（持续 " + span(a.Seen.Sub(a.Since)) + "）"
	case a.Told.IsZero() && a.Seen.Equal(now) && now.Sub(a.Since) >= a.Hold:
		return "【告警】" + a.Text + "（" + l.clock(a.Since) + " 起）"
	case !a.Told.IsZero() && now.Sub(a.Told) >= repeat:
		return "【仍未恢复】" + a.Text + "（已持续 " + span(now.Sub(a.Since)) + "）"
	}
	return ""
}

// span is a length of time in words.
func span(d time.Duration) string {
	switch m := int(d.Round(time.Minute) / time.Minute); {
	case m < 60:
		return fmt.Sprintf("%d 分钟", max(m, 1))
	case m < 48*60:
		return fmt.Sprintf("%d 小时", (m+30)/60)
	default:
		return fmt.Sprintf("%d 天", (m+12*60)/(24*60))
	}
}
