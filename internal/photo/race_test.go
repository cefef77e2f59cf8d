//go:build race

package photo

// raced says that the race detector runs, which makes numbers slower and not other ones.
const raced = true
