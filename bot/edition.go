package bot

import (
	"fmt"
	"log/slog"
	"time"

	"duban/handlers"
	"duban/internal/config"
	"duban/internal/files"
	"duban/internal/issue"
	"duban/internal/picture"
	"duban/internal/store"
	"duban/jobs"
)

// edition is all that one configuration describes. It is built as a whole before it counts, and never changed: a message, a run
// of a job and an attempt at sending each take one up and keep it to their end, whatever is reloaded meanwhile.
type edition struct {
	cfg       *config.Config
	file      *config.Config // as it stands in the file; cfg has the values of the start where a change needs a restart
	text      []byte         // of the file; nil if it was not read again yet
	painter   func() (*picture.Painter, error)
	world     *handlers.World
	files     *files.Maker
	timetable *jobs.Timetable
}

// lent is what all editions of a running program share, besides its data.
type lent struct {
	log   *slog.Logger
	story bool // the time is a story's
	ran   func(job, result string, took time.Duration)
}

// newEdition builds what a configuration describes. The error is a Chinese sentence for the administrator.
func newEdition(cfg *config.Config, s *store.Store, painter func() (*picture.Painter, error), lent lent) (*edition, error) {
	cal, err := cfg.NewCalendar()
	if err != nil {
		return nil, fmt.Errorf("日历配置：%w", err)
	}
	w := handlers.NewWorld(cfg.Register(), cal)
	e := &edition{cfg: cfg, file: cfg, painter: painter, world: w, files: files.New(s, w.Words, cfg.Storage.Media, painter)}
	env := jobs.Env{
		Store: s, Reg: w.Reg, Cal: w.Cal, Words: w.Words, Policy: w.Policy, Desk: w.Desk, Backup: nightly(cfg, s, lent.log),
		Keep: keeps(cfg.Retention), Remove: remover(s, cfg.Storage.Media), Ran: lent.ran,
	}
	var specs []jobs.Spec
	for _, j := range cfg.Schedule.Jobs() {
		if j.Name == "backup" && lent.story { // it would push out the real ones
			continue
		}
		specs = append(specs, jobs.Spec(j))
	}
	if e.timetable, err = jobs.NewTimetable(specs, env); err != nil {
		return nil, err
	}
	w.Jobs = lentJobs(e.timetable)
	return e, nil
}

// edition is the one that counts now.
func (b *Bot) edition() *edition { return b.live.Load() }

func (b *Bot) register() *issue.Register { return b.edition().world.Reg }

func (b *Bot) timetable() *jobs.Timetable { return b.edition().timetable }

func keeps(r config.Retention) jobs.Keep {
	return jobs.Keep{Photos: r.Photos, LoosePhotos: r.LoosePhotos, ChatText: r.ChatText, Drafts: r.Drafts}
}
