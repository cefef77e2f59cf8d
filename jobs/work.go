package jobs

import (
	"context"
	"errors"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
)

// work does a job's long work, unless its slot is in the ledger already.
func work(ctx context.Context, e Env, j Job, slot, now time.Time) (note string, err error) {
	if j.Work == nil {
		return "", nil
	}
	err = e.Store.Read(ctx, now, func(tx *store.Tx) error {
		done, err := tx.HasRun(j.Name, slot)
		if err == nil && done {
			err = errTaken
		}
		return err
	})
	if err == nil {
		err = e.Store.Probe(ctx, now) // or it would be done again and again
	}
	if err != nil {
		return "", err
	}
	return j.Work(ctx, e, now)
}

// prepare gives the writing half; of a job that only works it is empty.
func (j Job) prepare(e Env, tx *store.Tx, slot time.Time) (Commit, error) {
	if j.Prepare == nil {
		return func(*store.Tx) error { return nil }, nil
	}
	return j.Prepare(e, tx, slot)
}

// timed runs a slot and tells the program's figures how it ended. A slot that was recorded already was not run.
func (r *Runner) timed(ctx context.Context, e Env, j Job, d due) error {
	started := r.now()
	err := r.attempt(ctx, e, j, d)
	if e.Ran != nil && !errors.Is(err, errTaken) {
		result := store.RunDone
		if err != nil {
			result = store.RunFailed
		}
		e.Ran(j.Name, result, r.now().Sub(started))
	}
	return err
}

// reason is what the administrators can do about a failure: the cause in their words where it has any.
func reason(cause error) string {
	if e, ok := issue.AsError(cause); ok {
		return "：" + e.Error()
	}
	return "。请管理员查看日志"
}
