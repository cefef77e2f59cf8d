package files

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"

	"duban/internal/media"
	"duban/internal/sheet"
	"duban/internal/store"
)

// Person is everything that is held about somebody, to be handed to them (docs/privacy.md).
type Person struct {
	ID      string         `json:"id"`
	Name    string         `json:"name,omitempty"`
	AsOf    time.Time      `json:"as_of"`
	Config  []Said         `json:"config,omitempty"`     // what the administrators' file says of them
	Records []store.Record `json:"records"`              // what the tables say
	Sent    []Said         `json:"sent,omitempty"`       // messages of theirs whose words are still there
	Told    []Said         `json:"told,omitempty"`       // messages to them, or that name them
	Photos  []store.Photo  `json:"-"`                    // that they sent
	Lost    int            `json:"lost_photos,omitzero"` // of these, those whose files cannot be read
}

// Said is a piece of text: a message with its instant, or a key of the configuration.
type Said struct {
	At    time.Time `json:"at,omitzero"`
	Where string    `json:"where"`
	Text  string    `json:"text"`
}

// photosTold is after how many photos the progress is told.
const photosTold = 50

// WritePerson writes what is held about somebody as one zip: a spreadsheet to read, JSON for programs, and the originals of their
// photos as they came. It gives the number of photos.
func (m *Maker) WritePerson(p Person, progress func(done, total int), out io.Writer) (n int, err error) {
	z := zip.NewWriter(out)
	for i, ph := range p.Photos {
		data, err := media.Read(m.media, ph.File)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, media.ErrDamaged) {
			p.Lost++
			continue
		}
		if err != nil {
			return n, fmt.Errorf("read photo %d: %w", ph.ID, err)
		}
		if err := entry(z, fmt.Sprintf("照片/%d%s", ph.ID, path.Ext(ph.File)), p.AsOf, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return n, err
		}
		if n++; (i+1)%photosTold == 0 {
			progress(i+1, len(p.Photos))
		}
	}
	err = entry(z, "个人信息.json", p.AsOf, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(p)
	})
	if err == nil {
		err = entry(z, "个人信息.xlsx", p.AsOf, func(w io.Writer) error { return sheet.WriteTables(w, p.tables(m.words.Cal.Location())) })
	}
	return n, errors.Join(err, z.Close())
}

// entry adds a file to a zip, whose name is in UTF-8.
func entry(z *zip.Writer, name string, at time.Time, fill func(io.Writer) error) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
	if err == nil {
		err = fill(w)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// tables are the sheets of a person.
func (p Person) tables(zone *time.Location) []sheet.Table {
	about := sheet.Table{Sheet: "说明", Title: "个人信息 " + p.Name + "（" + p.ID + "）", Head: []string{"项目", "内容"}}
	for _, line := range [][2]string{
		{"截至", p.AsOf.In(zone).Format("2006-01-02 15:04")},
		{"来源", "配置文件、数据库和照片文件夹里关于本人的全部内容；同一行里的其他人只写“他人”"},
		{"照片", fmt.Sprintf("%d 张，原件在“照片”文件夹里，文件名是照片编号", len(p.Photos)-p.Lost)},
	} {
		about.Rows = append(about.Rows, []sheet.Cell{sheet.Text(line[0]), sheet.Text(line[1])})
	}
	if p.Lost > 0 {
		about.Rows = append(about.Rows, []sheet.Cell{sheet.Text("照片"), sheet.Text(fmt.Sprintf("另有 %d 张的文件找不到", p.Lost))})
	}
	for _, c := range p.Config {
		about.Rows = append(about.Rows, []sheet.Cell{sheet.Text("配置 " + c.Where), sheet.Text(c.Text)})
	}
	out := []sheet.Table{about}
	for _, r := range p.Records {
		out = append(out, recordTable(r, zone))
	}
	for _, list := range []struct {
		name string
		said []Said
	}{{"发来的消息", p.Sent}, {"收到的消息", p.Told}} {
		t := sheet.Table{Sheet: list.name, Head: []string{"时间", "在哪里", "内容"}}
		for _, s := range list.said {
			t.Rows = append(t.Rows, []sheet.Cell{sheet.Time(s.At, zone), sheet.Text(s.Where), sheet.Text(s.Text)})
		}
		if len(t.Rows) > 0 {
			out = append(out, t)
		}
	}
	return out
}

func recordTable(r store.Record, zone *time.Location) sheet.Table {
	t := sheet.Table{Sheet: Label(r.Table)}
	for _, c := range r.Columns {
		t.Head = append(t.Head, Label(c))
	}
	for _, row := range r.Rows {
		var cells []sheet.Cell
		for _, v := range row {
			cells = append(cells, valueCell(v, zone))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func valueCell(v any, zone *time.Location) sheet.Cell {
	switch v := v.(type) {
	case nil:
		return sheet.Cell{}
	case time.Time:
		return sheet.Time(v, zone)
	case int64:
		return sheet.Int(v)
	case bool:
		if v {
			return sheet.Text("是")
		}
		return sheet.Text("否")
	}
	return sheet.Text(fmt.Sprint(v))
}

// labels are the names of tables and columns for people.
var labels = map[string]string{
	"issues": "问题", "events": "经过", "judgements": "评判", "photos": "照片", "awaits": "等待照片", "visits": "巡查", "adjustments": "加减分",
	"snapshots": "发布", "audit": "操作记录", "person_bindings": "绑定", "codes": "绑定码", "batches": "批量导入",
	"id": "编号", "issue_id": "问题编号", "text": "问题描述", "place": "点位", "category": "类别", "unit": "单位", "status": "状态", "reported_at": "上报时间",
	"closed_at": "销号时间", "reporter": "上报人", "assignee": "责任人", "submitted_by": "提交人", "look_back_by": "回头看的人", "seen_by": "最近到场的人",
	"at": "时间", "action": "动作", "note": "说明", "person": "谁", "kind": "种类", "file": "文件", "taken_at": "拍摄时间", "lat": "纬度", "lng": "经度",
	"located": "有没有位置", "purged_at": "清除时间", "until": "到什么时候", "decided_by": "决定的人", "points": "分数（百分之一）", "reason": "原因", "state": "状态",
	"decided_at": "决定时间", "what": "操作", "detail": "内容", "channel": "通道", "session": "登录", "sender": "通道里的标识", "how": "怎样绑定", "subject": "给谁",
	"expires_at": "有效期", "used_at": "使用时间", "name": "名称", "file_name": "文件名", "filed_at": "立案时间", "filed_by": "确认人",
}

// Label is what people call a table or a column of a person's records.
func Label(name string) string {
	if l, ok := labels[name]; ok {
		return l
	}
	return name
}
