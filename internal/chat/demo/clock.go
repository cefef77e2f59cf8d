package demo

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// watchClock shows the bot's time. It looks once a second, whether the time runs by itself or only when it is moved.
func (c *Channel) watchClock(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		c.showClock()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// showClock tells the page the bot's time, to the minute.
func (c *Channel) showClock() {
	c.room.set("clock", map[string]any{"now": c.cfg.Clock.Now().Truncate(time.Minute)})
}

// postClock moves the time forward to where the visitor wants it.
func (c *Channel) postClock(w http.ResponseWriter, r *http.Request) {
	var p struct {
		To string `json:"to"`
	}
	if !decode(w, r, maxRequest, &p) {
		return
	}
	to, err := c.target(r.Context(), p.To)
	if err == nil {
		err = c.advance(r.Context(), to)
	}
	if err != nil {
		refuse(w, http.StatusConflict, err.Error())
		return
	}
	answer(w, map[string]time.Time{"now": c.cfg.Clock.Now()})
}

// target is the instant that a button means. Errors are Chinese sentences.
func (c *Channel) target(ctx context.Context, button string) (time.Time, error) {
	now := c.cfg.Clock.Now()
	switch button {
	case "hour":
		return now.Add(time.Hour), nil
	case "evening":
		return nextTime(now, 18, 0), nil
	case "tomorrow":
		return time.Date(now.Year(), now.Month(), now.Day()+1, 8, 30, 0, 0, now.Location()), nil
	case "deadline":
		to, ok, err := c.cfg.Clock.NextDeadline(ctx)
		if err != nil {
			c.log.Error("the next deadline is not known", "error", err)
			return time.Time{}, errors.New("截止时刻没有查到，请再试一次")
		}
		if !ok {
			return time.Time{}, errors.New("没有未办结的问题，也就没有截止时刻")
		}
		return to, nil
	}
	return time.Time{}, errors.New("页面和程序的版本不一致，请刷新页面")
}

// nextTime is the next time that the clock shows this time of day.
func nextTime(now time.Time, hour, minute int) time.Time {
	t := time.Date(now.Year(), now.Month(), now.Day(), hour, minute, 0, 0, now.Location())
	if !t.After(now) {
		t = time.Date(now.Year(), now.Month(), now.Day()+1, hour, minute, 0, 0, now.Location())
	}
	return t
}

// advance moves the time, one mover at a time. Errors are Chinese sentences.
func (c *Channel) advance(ctx context.Context, to time.Time) error {
	select {
	case c.moving <- struct{}{}:
		defer func() { <-c.moving }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := c.cfg.Clock.Advance(ctx, to); err != nil {
		if ctx.Err() == nil {
			c.log.Error("the time was not moved", "to", to, "error", err)
		}
		return errors.New("时间没有走到，请再试一次")
	}
	c.showClock()
	return nil
}
