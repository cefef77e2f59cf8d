package issue_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
)

// document is docs/state_machine.md.
func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/state_machine.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// section is the part of the document between a heading and the next.
func section(t *testing.T, doc, heading string) string {
	t.Helper()
	_, rest, ok := strings.Cut(doc, "\n## "+heading)
	if !ok {
		t.Fatalf("docs/state_machine.md has no section %q", heading)
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	return rest
}

// rows are the cells of the rows of a section's table, without its head.
func rows(text string) [][]string {
	var out [][]string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.Trim(strings.TrimSpace(cell), "`"))
		}
		out = append(out, cells)
	}
	if len(out) < 2 {
		return nil
	}
	return out[2:]
}

func TestDocumentedTable(t *testing.T) {
	var want [][]string
	for _, m := range issue.Moves() {
		var from []string
		for _, s := range m.From {
			from = append(from, statusCell(s))
		}
		to := "不变"
		if m.To != issue.None {
			to = statusCell(m.To)
		}
		want = append(want, []string{string(m.Action), m.Verb, strings.Join(from, "、"), to, m.Who})
	}
	if diff := cmp.Diff(want, rows(section(t, document(t), "流转"))); diff != "" {
		t.Errorf("the table in docs/state_machine.md (-code +document):\n%s", diff)
	}
}

// TestDocumentedRequests: who asks is said in the table of moves, everything else in that of requests.
func TestDocumentedRequests(t *testing.T) {
	asks := map[issue.Action]string{}
	for _, m := range issue.Moves() {
		asks[m.Action] = m.Who
	}
	var want [][]string
	for _, r := range issue.Requests() {
		want = append(want, []string{string(r.Kind), r.Kind.Verb(), asks[r.Kind], r.Decides, r.Grants.Verb(), r.Ends})
	}
	if diff := cmp.Diff(want, rows(section(t, document(t), "申请"))); diff != "" {
		t.Errorf("the requests in docs/state_machine.md (-code +document):\n%s", diff)
	}
}

func TestDocumentedDuties(t *testing.T) {
	var want, got []string
	for _, d := range issue.Duties() {
		want = append(want, string(d))
	}
	for _, cells := range rows(section(t, document(t), "分项时限")) {
		got = append(got, cells[0])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the duties in docs/state_machine.md (-code +document):\n%s", diff)
	}
}

func statusCell(s issue.Status) string {
	if s == issue.None {
		return "—"
	}
	return s.Text()
}

func TestDocumentedStatuses(t *testing.T) {
	var want, got []string
	for _, s := range issue.Statuses() {
		want = append(want, string(s)+" "+s.Text())
	}
	for _, cells := range rows(section(t, document(t), "状态")) {
		got = append(got, cells[0]+" "+cells[1])
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the statuses in docs/state_machine.md (-code +document):\n%s", diff)
	}
}

func TestDocumentedDiagram(t *testing.T) {
	_, diagram, _ := strings.Cut(document(t), "```mermaid\n")
	diagram, _, _ = strings.Cut(diagram, "```")
	var want, got []string
	for _, s := range issue.Statuses() {
		want = append(want, `state "`+s.Text()+`" as `+string(s))
		if !s.Open() {
			want = append(want, string(s)+" --> [*]")
		}
	}
	for _, m := range issue.Moves() {
		for _, from := range m.From {
			if m.To != issue.None && m.To != from {
				want = append(want, node(from)+" --> "+node(m.To)+": "+m.Verb)
			}
		}
	}
	drawn := regexp.MustCompile(`-->|^state "`)
	for line := range strings.Lines(diagram) {
		if line = strings.TrimSpace(line); drawn.MatchString(line) {
			got = append(got, line)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the diagram in docs/state_machine.md (-code +document):\n%s", diff)
	}
}

func node(s issue.Status) string {
	if s == issue.None {
		return "[*]"
	}
	return string(s)
}
