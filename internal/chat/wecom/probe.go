package wecom

import "context"

// Probe logs in and out again, and says in Chinese why the bot is not let in; "" if it is. It takes the bot from whatever program runs it,
// and what is said to it meanwhile is lost. An error says that nothing was learnt.
func Probe(ctx context.Context, cfg Config) (refused string, err error) {
	c, err := New(cfg)
	if err != nil {
		return "", err
	}
	s, _, err := c.login(ctx)
	if text := final(err); text != "" {
		return text, nil
	}
	if err == nil {
		s.close()
	}
	return "", err
}
