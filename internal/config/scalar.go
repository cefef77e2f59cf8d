package config

import (
	"encoding"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"duban/internal/calendar"
	"duban/internal/issue"

	"go.yaml.in/yaml/v4"
)

// variable is ${NAME}; $${NAME} stands for the text ${NAME} itself.
var variable = regexp.MustCompile(`\$?\$\{[^}]*\}`)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// text reads a scalar as it is written, with ${NAME} filled in from the environment. Only a secret may name a variable that
// is not set; it is empty then.
func (r *reader) text(path string, n *yaml.Node, secret bool) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		r.fault(path, "这里只能写一个值，不能写列表或分组")
		return "", false
	}
	text, ok := r.expand(path, n.Value, secret)
	if !ok {
		return "", false
	}
	text = strings.TrimSpace(text)
	switch {
	case strings.ContainsFunc(text, invisible):
		r.fault(path, "含有看不见的字符（多半是从网页或文档复制来的），请删掉重新输入")
		return "", false
	case strings.HasPrefix(text, "“") && strings.HasSuffix(text, "”"):
		r.fault(path, "引号是全角的“”，请改成半角引号或删去")
		return "", false
	}
	return text, true
}

// invisible says whether a character cannot be seen and would make two equal looking names differ.
func invisible(c rune) bool {
	return c != '\n' && c != '\t' && (unicode.Is(unicode.Cf, c) || unicode.Is(unicode.Cc, c) || c == '\u2028' || c == '\u2029')
}

func (r *reader) expand(path, text string, secret bool) (string, bool) {
	if !strings.Contains(text, "${") {
		return text, true
	}
	ok := true
	out := variable.ReplaceAllStringFunc(text, func(m string) string {
		if strings.HasPrefix(m, "$$") {
			return m[1:]
		}
		name := m[2 : len(m)-1]
		if !variableName.MatchString(name) {
			r.fault(path, "${…} 里要写环境变量的名字（字母、数字、下划线）；要原样保留请写成 $${…}")
			ok = false
			return ""
		}
		value, set := r.getenv(name)
		if !set && !secret {
			r.fault(path, "环境变量 "+name+" 没有设置")
			ok = false
		}
		return value
	})
	return out, ok
}

// scalar reads a text, a number or true and false.
func (r *reader) scalar(path string, n *yaml.Node, v reflect.Value) {
	text, ok := r.text(path, n, false)
	if !ok {
		return
	}
	switch v.Kind() {
	case reflect.String:
		if n.ShortTag() == "!!bool" {
			r.fault(path, "这里要写文字；确实要写这个词请加引号")
			return
		}
		v.SetString(text)
	case reflect.Bool:
		r.boolean(path, text, v)
	case reflect.Int:
		r.integer(path, text, v)
	}
}

func (r *reader) boolean(path, text string, v reflect.Value) {
	switch strings.ToLower(text) {
	case "true":
		v.SetBool(true)
	case "false":
		v.SetBool(false)
	default:
		r.fault(path, "只能写 true（是）或 false（否）")
	}
}

var digitsOnly = regexp.MustCompile(`^[+-]?[0-9]+$`)

// integer refuses 010: other YAML programs read it as 8, and nobody who writes it means that.
func (r *reader) integer(path, text string, v reflect.Value) {
	digits := strings.TrimLeft(text, "+-")
	switch n, err := strconv.Atoi(text); {
	case !digitsOnly.MatchString(text):
		r.fault(path, "要写整数，例如 5")
	case len(digits) > 1 && digits[0] == '0':
		r.fault(path, "数字不能以 0 开头（会被当成八进制）；请写 "+strconv.Itoa(n))
	case err != nil || n > math.MaxInt32 || n < math.MinInt32:
		r.fault(path, "这个数太大")
	default:
		v.SetInt(int64(n))
	}
}

// points reads a number of points: at most two decimals, because scores are exact to the hundredth.
func (r *reader) points(path string, n *yaml.Node, to *issue.Points) {
	text, ok := r.text(path, n, false)
	if !ok {
		return
	}
	p, err := issue.ParsePoints(text)
	if err != nil {
		r.fault(path, "要写 -100 到 100 的数，最多两位小数，例如 -0.5")
		return
	}
	*to = p
}

func (r *reader) duration(path string, n *yaml.Node, to *time.Duration) {
	text, ok := r.text(path, n, false)
	if !ok {
		return
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		r.fault(path, "要写时长，例如 30s（秒）、5m（分钟）、2h（小时）")
		return
	}
	*to = d
}

// form says how a value of a type of the calendar is written.
func form(v any) string {
	switch v.(type) {
	case calendar.Limit:
		return "要写时限：数字、空格、计时方式，例如 1 work_day（工作日）、4 work_hour（工作时）、24 urgent_hour（连续小时）、" +
			"3 natural_day（自然日），或 same_day（当日）"
	case calendar.Offset:
		return "要写与到期时刻的距离，例如 -2 work_hour（到期前 2 工作时）、0（到期时）、+1 work_day（到期后 1 个工作日）、" +
			"next_day 09:00（次日 09:00）"
	case calendar.Date:
		return "要写日期，例如 2026-01-31"
	case calendar.TimeOfDay:
		return "要写时间，例如 08:30"
	case calendar.Period:
		return "要写时段，例如 08:30-12:00"
	}
	return "写法不对"
}

// notSection says that a group of keys should stand here.
func notSection(path string, n *yaml.Node, keys []string) string {
	text := "这里要写成分组，下一行缩进两格再写 键: 值（可用的键：" + strings.Join(keys, "、") + "）"
	if path == "" {
		text = "配置文件要由“键: 值”组成（可用的键：" + listed(keys) + "）"
	}
	if n.Kind == yaml.ScalarNode {
		if strings.Contains(n.Value, "：") {
			return text + "；冒号是全角的“：”，请改成半角冒号加一个空格"
		}
		if strings.Contains(n.Value, ":") {
			return text + "；冒号后面要有一个空格"
		}
	}
	return text
}

// notList says that a list should stand here.
func notList(t reflect.Type) string {
	if t.Elem().Kind() == reflect.Struct && !isText(t.Elem()) {
		return "这里要写列表，每一项以“- ”开头"
	}
	return "这里要写列表，放在方括号里，例如 [甲, 乙]"
}

// isText says whether values of a type are read from a text by themselves.
func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}
