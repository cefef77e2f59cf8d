package understand

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// amount reads a count in digits or in Chinese up to 99: 3, 1.5 (the half is dropped), 两, 十五, 二十. It is -1 if s is none.
func amount(s string) int {
	if s == "" {
		return -1
	}
	if s[0] >= '0' && s[0] <= '9' {
		whole, _, _ := strings.Cut(s, ".")
		n, err := strconv.Atoi(whole)
		if err != nil {
			return -1
		}
		return n
	}
	tens, units, hasTen := strings.Cut(s, "十")
	if !hasTen {
		return hanDigit(s)
	}
	n := 10
	if tens != "" {
		n = 10 * hanDigit(tens)
	}
	if units != "" {
		u := hanDigit(units)
		if u < 0 {
			return -1
		}
		n += u
	}
	if n < 10 {
		return -1
	}
	return n
}

// hanDigit reads one Chinese digit; -1 if s is none.
func hanDigit(s string) int {
	if s == "两" {
		return 2
	}
	r, n := utf8.DecodeRuneInString(s)
	if n != len(s) {
		return -1
	}
	for i, d := range []rune("零一二三四五六七八九") {
		if d == r {
			return i
		}
	}
	return -1
}

// continuesNumber says whether a number that starts after before is the rest of a longer one or of a code.
func continuesNumber(before string) bool {
	if before == "" {
		return false
	}
	r, n := utf8.DecodeLastRuneInString(before)
	if strings.ContainsRune(".:-/", r) {
		before = before[:len(before)-n]
		return before != "" && isDigit(rune(before[len(before)-1]))
	}
	return strings.ContainsRune("0123456789一二两三四五六七八九十百千第几数多", r)
}
