package score

// Hot is a place where problems repeat (S87).
type Hot struct {
	Place string
	N     int
}

// Hots is what repeats in a period: places and kinds of problems (S87, domain.md row 57).
type Hots struct {
	Least      int // issues from which on something repeats
	N          int // all issues of the period
	Places     []HotPlace
	Categories []HotCategory
}

// HotPlace is a place where problems repeat, and which kinds do so there, most first.
type HotPlace struct {
	Hot
	Categories []Tally
}

// Tally is how many issues there are of a kind.
type Tally struct {
	Category string
	N        int
}

// HotCategory is a kind of problem that repeats; Before is how many there were in the period of the same length before.
type HotCategory struct {
	Tally
	Before int
}
