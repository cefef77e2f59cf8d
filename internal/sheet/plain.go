package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// openText opens a CSV file: with commas, semicolons or tabs, in the encodings in which Excel and WPS save it.
func openText(data []byte) (*Workbook, error) {
	text, err := decoded(data)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.LazyQuotes, r.Comma = -1, true, comma(text)
	w := &Workbook{sheets: []string{""}}
	cells, end := 0, 0 // end is the line on which the last record ended
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return w, nil
		}
		if err != nil {
			return nil, damaged(err)
		}
		begin, _ := r.FieldPos(0)
		if cells += len(fields) + begin - end; cells > maxCells {
			return nil, tooLarge(fmt.Errorf("more than %d cells", maxCells))
		}
		w.plain = append(w.plain, make([][]string, begin-end-1)...) // empty lines are rows too
		w.plain = append(w.plain, fields[:min(len(fields), maxColumns)])
		end = begin + strings.Count(strings.Join(fields, ""), "\n")
	}
}

// decoded gives the text of a file. Without a mark at its beginning it is UTF-8 if it can be, and GBK otherwise.
func decoded(data []byte) (string, error) {
	var enc encoding.Encoding
	switch {
	case bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")):
		data = data[3:]
	case bytes.HasPrefix(data, []byte("\xFF\xFE")), bytes.HasPrefix(data, []byte("\xFE\xFF")):
		enc = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	case !utf8.Valid(data):
		enc = simplifiedchinese.GB18030
	}
	if enc != nil {
		out, err := enc.NewDecoder().Bytes(data)
		if err != nil {
			return "", damaged(err)
		}
		data = out
	}
	if bytes.ContainsRune(data, 0) || bytes.Count(data, []byte(string(utf8.RuneError)))*20 > len(data) {
		return "", unreadable("这个文件不是表格", "请发 .xlsx 表格")
	}
	return string(data), nil
}

// comma finds what separates the fields: what the first lines have most of.
func comma(text string) rune {
	const lines = 20
	first := strings.SplitN(text, "\n", lines+1)
	head := strings.Join(first[:min(lines, len(first))], "\n")
	best := ','
	for _, r := range []rune{';', '\t'} {
		if strings.Count(head, string(r)) > strings.Count(head, string(best)) {
			best = r
		}
	}
	return best
}
