//go:build !linux

package torture

func bear() {}

func (r *run) beset(int) (end func()) { return func() {} }

func (r *run) spoil() {}
