package sheet

import "time"

// column is one column of the ledger.
type column struct {
	head   string
	width  float64 // in characters, as spreadsheets measure it
	centre bool
	cell   func(r Row, zone *time.Location) Cell
}

// columns are those of the ledger, in order.
func columns() []column {
	return []column{
		{"编号", 8, true, func(r Row, _ *time.Location) Cell { return Int(r.ID) }},
		{"上报时间", 16, true, func(r Row, z *time.Location) Cell { return Time(r.ReportedAt, z) }},
		{"地点", 18, false, func(r Row, _ *time.Location) Cell { return Text(r.Place) }},
		{"点位类型", 11, true, func(r Row, _ *time.Location) Cell { return Text(r.PlaceKind) }},
		{"类别", 12, true, func(r Row, _ *time.Location) Cell { return Text(r.Category) }},
		{"问题描述", 36, false, func(r Row, _ *time.Location) Cell { return Text(r.Text) }},
		{"来源", 10, true, func(r Row, _ *time.Location) Cell { return Text(r.Source) }},
		{"责任单位", 19, true, func(r Row, _ *time.Location) Cell { return Text(r.Unit) }},
		{"责任人", 9, true, func(r Row, _ *time.Location) Cell { return Text(r.Person) }},
		{"时限", 16, true, func(r Row, z *time.Location) Cell { return late(Until(r.Due, z), r) }},
		{"状态", 9, true, func(r Row, _ *time.Location) Cell { return Text(r.Status.Text()) }},
		{"是否超期", 8, true, func(r Row, _ *time.Location) Cell { return late(Text(yes(r.Late > 0)), r) }},
		{"超期时长", 13, true, func(r Row, _ *time.Location) Cell { return late(Span(r.Late), r) }},
		{"整改措施", 28, false, func(r Row, _ *time.Location) Cell { return Text(r.Measure) }},
		{"完成时间", 16, true, func(r Row, z *time.Location) Cell { return Time(r.DoneAt, z) }},
		{"核查结果", 14, false, func(r Row, _ *time.Location) Cell { return Text(r.Review) }},
		{"销号时间", 16, true, func(r Row, z *time.Location) Cell { return Time(r.ClosedAt, z) }},
		{"退回次数", 6.5, true, func(r Row, _ *time.Location) Cell { return Int(int64(r.Returns)) }},
		{"反弹次数", 6.5, true, func(r Row, _ *time.Location) Cell { return Int(int64(r.Relapses)) }},
		{"延期次数", 6.5, true, func(r Row, _ *time.Location) Cell { return Int(int64(r.Extensions)) }},
		{"上报人", 9, true, func(r Row, _ *time.Location) Cell { return Text(r.Reporter) }},
		{"备注", 18, false, func(r Row, _ *time.Location) Cell { return Text(r.Note) }},
	}
}

// cells are the row's fields, ready to be written.
func cells(cols []column, r Row, zone *time.Location) []Cell {
	out := make([]Cell, len(cols))
	for n, c := range cols {
		out[n] = c.cell(r, zone)
		out[n].centre = c.centre
		out[n].text = clean(out[n].text)
	}
	return out
}

// late is a cell in red where the unit was late.
func late(c Cell, r Row) Cell {
	c.Red = r.Late > 0
	c.Bold = c.Red
	return c
}

func yes(b bool) string {
	if b {
		return "是"
	}
	return "否"
}
