package chat

import "slices"

// Progress remembers which steps of the last messages a channel has taken, so that a repeated attempt leaves out what was sent already.
// Its zero value remembers nothing yet. Like Channel.Send it is used by one goroutine at a time.
type Progress struct{ done []string }

// kept is how many steps are remembered; the outbox repeats a message long before so many others were sent.
const kept = 512

// Once takes a step unless it was taken, and remembers it if it went well. The name holds the Outgoing.ID.
func (p *Progress) Once(name string, take func() error) error {
	if slices.Contains(p.done, name) {
		return nil
	}
	if err := take(); err != nil {
		return err
	}
	if p.done = append(p.done, name); len(p.done) > kept {
		p.done = p.done[1:]
	}
	return nil
}
