// Command table prints what go test -bench has measured as tables in Markdown: each measure beside its limit, and how costs grow. It
// reads the output of go test from its input and repeats it on its error output. It fails if the benchmarks did, or if a limit is broken.
//
// A benchmark reports the limit of a value as another value of its own, in the unit most-UNIT or least-UNIT. Benchmarks that are called
// NAME/what=NUMBER are one measure on databases of several sizes.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
)

func main() {
	if err := run(os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out, progress io.Writer) error {
	text, err := io.ReadAll(io.TeeReader(in, progress))
	if err != nil {
		return err
	}
	if regexp.MustCompile(`(?m)^(--- FAIL|FAIL|panic:)`).Match(text) {
		return errors.New("the benchmarks failed")
	}
	all, machine := read(bytes.NewReader(text))
	broken, limits := 0, limited(all)
	if len(limits) == 0 {
		return errors.New("there is no measure with a limit")
	}
	fmt.Fprintf(out, "%s\n\n| measure | value | limit | value ÷ limit | met |\n|---|--:|--:|--:|---|\n", machine)
	for _, m := range limits {
		met := "yes"
		if !m.met() {
			broken, met = broken+1, "**no**"
		}
		fmt.Fprintf(out, "| %s | %s | %s %s | %.2f | %s |\n", m.name, number(m.value, m.unit), map[bool]string{true: "≥", false: "≤"}[m.least], number(m.limit, m.unit), m.value/m.limit, met)
	}
	writeGrowth(out, all)
	if broken > 0 {
		return fmt.Errorf("%d of %d limits are broken", broken, len(limits))
	}
	return nil
}

// measure is a value of a benchmark, with its limit if it has one.
type measure struct {
	name  string // of the benchmark
	unit  string
	value float64
	limit float64 // 0: none
	least bool    // the limit is the least, not the most
}

func (m measure) met() bool {
	if m.least {
		return m.value >= m.limit
	}
	return m.value <= m.limit
}

// read reads all measures, and on which machine they were taken.
func read(in io.Reader) (all []measure, machine string) {
	cpu := "unknown processor"
	for results := benchfmt.NewReader(in, "go test"); results.Scan(); {
		r, ok := results.Result().(*benchfmt.Result)
		if !ok {
			continue // nothing that was measured
		}
		cpu = cmp.Or(r.GetConfig("cpu"), cpu)
		all = append(all, measures(r)...)
	}
	return all, fmt.Sprintf("%s, %d cores, %s/%s, %s", cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// measures are the values of one benchmark.
func measures(r *benchfmt.Result) (out []measure) {
	name := strings.ReplaceAll(string(r.Name.Full()), "_", " ")
	if cut := strings.LastIndex(name, "-"); cut > 0 { // the number of processors
		if _, err := strconv.Atoi(name[cut+1:]); err == nil {
			name = name[:cut]
		}
	}
	value := func(unit string) float64 {
		for _, v := range r.Values {
			if unit == cmp.Or(v.OrigUnit, v.Unit) {
				return cmp.Or(v.OrigValue, v.Value)
			}
		}
		return 0
	}
	for _, v := range r.Values {
		unit := cmp.Or(v.OrigUnit, v.Unit)
		if strings.HasPrefix(unit, "most-") || strings.HasPrefix(unit, "least-") {
			continue
		}
		m := measure{name: name, unit: unit, value: value(unit), limit: value("most-" + unit)}
		if least := value("least-" + unit); least > 0 {
			m.limit, m.least = least, true
		}
		out = append(out, m)
	}
	return out
}

func limited(all []measure) []measure {
	return slices.DeleteFunc(slices.Clone(all), func(m measure) bool { return m.limit == 0 })
}

// sized is the name of a benchmark that is repeated on databases of several sizes.
var sized = regexp.MustCompile(`^(.*)/([a-z]+)=([0-9]+)$`)

// writeGrowth lists what was measured on several sizes: the milliseconds on each, and how much more processor time the largest took.
func writeGrowth(out io.Writer, all []measure) {
	values, sizes, names := map[string]map[string]float64{}, []int{}, []string{}
	for _, m := range all {
		parts := sized.FindStringSubmatch(m.name)
		if parts == nil || parts[2] != "issues" || m.unit != "ms" {
			continue
		}
		size, _ := strconv.Atoi(parts[3]) // only digits
		if !slices.Contains(sizes, size) {
			sizes = append(sizes, size)
		}
		if values[parts[1]] == nil {
			values[parts[1]], names = map[string]float64{}, append(names, parts[1])
		}
		values[parts[1]][parts[3]] = m.value
	}
	if len(names) == 0 {
		return
	}
	fmt.Fprintf(out, "\n| milliseconds with so many issues stored |%s\n|---|%s\n", cells(sizes, func(n int) string { return short(n) }), strings.Repeat("--:|", len(sizes)))
	for _, name := range names {
		fmt.Fprintf(out, "| %s |%s\n", name, cells(sizes, func(n int) string {
			v, there := values[name][strconv.Itoa(n)]
			if !there {
				return ""
			}
			return number(v, "")
		}))
	}
}

func cells(sizes []int, text func(size int) string) string {
	var b strings.Builder
	for _, n := range sizes {
		b.WriteString(" " + text(n) + " |")
	}
	return b.String()
}

// short is a size as people say it.
func short(n int) string {
	switch {
	case n >= 1_000_000 && n%1_000_000 == 0:
		return strconv.Itoa(n/1_000_000) + "M"
	case n >= 1000 && n%1000 == 0:
		return strconv.Itoa(n/1000) + "k"
	}
	return strconv.Itoa(n)
}

// number is a value with three digits that count, and its unit.
func number(v float64, unit string) string {
	digits := 0
	for top := v; top != 0 && top < 100 && digits < 3; top *= 10 {
		digits++
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return strings.TrimSpace(text + " " + strings.ReplaceAll(unit, "-", " "))
}
