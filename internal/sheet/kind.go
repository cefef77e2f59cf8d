package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"duban/internal/issue"
)

const saveAs = "请用 Excel 或 WPS 打开，另存为 .xlsx 再发"

// sniff says by its first bytes what a file certainly is, if that is nothing that can be read.
func sniff(data []byte) error {
	switch {
	case len(data) == 0:
		return unreadable("这个文件是空的", "请重新发一次")
	case len(data) > MaxFile:
		return tooLarge(fmt.Errorf("%d bytes", len(data)))
	case bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return compound(data)
	}
	for _, k := range []struct{ begin, what, hint string }{
		{"%PDF", "这是 PDF 文件，不是表格", "请发 .xlsx 表格"},
		{"\x89PNG", "这是图片，不是表格", "请发 .xlsx 表格"},
		{"\xFF\xD8\xFF", "这是图片，不是表格", "请发 .xlsx 表格"},
		{"GIF8", "这是图片，不是表格", "请发 .xlsx 表格"},
		{"Rar!", "这是压缩包", "请解压后发里面的 .xlsx 表格"},
		{"7z\xBC\xAF", "这是压缩包", "请解压后发里面的 .xlsx 表格"},
		{"\x1F\x8B", "这是压缩包", "请解压后发里面的 .xlsx 表格"},
		{"{\\rtf", "这是 Word 文件，不是表格", "请发 .xlsx 表格"},
		{"\x09\x08", "这是旧版的 .xls 表格，读不了", saveAs}, // BIFF without a container, older still
	} {
		if bytes.HasPrefix(data, []byte(k.begin)) {
			return unreadable(k.what, k.hint)
		}
	}
	// Many systems export a page or XML under the name of a spreadsheet.
	start := strings.ToLower(string(bytes.TrimLeft(data[:min(len(data), 1024)], "\xEF\xBB\xBF \r\n\t")))
	if strings.HasPrefix(start, "<") {
		return unreadable("这是网页格式的表格（系统导出的 .xls 常是这样），读不了", saveAs)
	}
	return nil
}

// compound tells apart what comes in the container of the old Office.
func compound(data []byte) error {
	has := func(name string) bool { return bytes.Contains(data, wide(name)) }
	switch {
	case has("EncryptedPackage"):
		return locked()
	case has("WordDocument"):
		return unreadable("这是旧版的 Word 文件，不是表格", "请发 .xlsx 表格")
	}
	return unreadable("这是旧版的 .xls 表格，读不了", saveAs)
}

// wide is a name as the container of the old Office writes it.
func wide(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// archiveKind says what an archive is that is no workbook.
func archiveKind(archive *zip.Reader) error {
	has := func(part string) bool {
		return slices.ContainsFunc(archive.File, func(f *zip.File) bool {
			return strings.HasPrefix(strings.ToLower(strings.ReplaceAll(f.Name, "\\", "/")), part)
		})
	}
	switch {
	case has("xl/workbook.bin"):
		return unreadable("这是 .xlsb 表格，读不了", saveAs)
	case has("word/"):
		return unreadable("这是 Word 文件，不是表格", "请发 .xlsx 表格")
	case has("ppt/"):
		return unreadable("这是演示文稿，不是表格", "请发 .xlsx 表格")
	case has("mimetype") && has("content.xml"):
		return unreadable("这是 .ods 表格，读不了", saveAs)
	case !has("[content_types].xml"):
		return unreadable("这是压缩包", "请解压后发里面的 .xlsx 表格")
	}
	return nil
}

func unreadable(what, hint string) error {
	return &issue.Error{Code: issue.CodeInput, Text: what, Hint: hint, Err: errors.New("sheet: not a workbook")}
}

func locked() error {
	return &issue.Error{Code: issue.CodeInput, Text: "表格设了密码，读不了", Hint: "请取消密码后另存再发", Err: errors.New("sheet: encrypted")}
}

func damaged(cause error) error {
	return &issue.Error{
		Code: issue.CodeInput, Text: "表格打不开，可能没有传完整或已经损坏", Hint: saveAs, Err: fmt.Errorf("sheet: damaged: %w", cause),
	}
}

func tooLarge(cause error) error {
	return &issue.Error{
		Code: issue.CodeInput, Text: fmt.Sprintf("表格太大（文件最大 %d MB）", MaxFile>>20), Hint: "请删掉图片和用不到的工作表，或分成几个文件再发",
		Err: fmt.Errorf("sheet: too large: %w", cause),
	}
}
