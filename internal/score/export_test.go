package score

import "duban/internal/issue"

// Open is the account of one sheet by itself, outside any ranking.
func Open(s issue.Scoring, sheet Sheet) Account {
	a := open(s, sheet)
	a.round()
	return a
}
