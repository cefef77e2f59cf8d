package understand

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

func TestNewID(t *testing.T) {
	for name, want := range map[string]string{
		"张敏": "zhang_min", "欧阳修": "ou_yang_xiu", "吕布": "lv_bu", "张敏（住建局）": "zhang_min_zhu_jian_ju",
		"二中A区": "er_zhong_a_qu", "K12 基地": "k12_ji_di", "Ｓ２３４": "s234", "張偉": "zhang_wei", "李·四": "li_si", "！？": "id", "": "id",
	} {
		if got := NewID(name, func(string) bool { return false }); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	used := map[string]bool{"zhang_min": true, "zhang_min_2": true}
	if got := NewID("张敏", func(id string) bool { return used[id] }); got != "zhang_min_3" {
		t.Errorf("a third one of the name: %s", got)
	}
}

// Whatever a name is made of, its id can be written in the configuration and in a command.
func TestNewIDIsAnID(t *testing.T) {
	form := regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.StringMatching(`[\x{4e00}-\x{9fff}a-zA-Z0-9 ()·]{0,80}`)).Draw(t, "name")
		if id := NewID(name, func(string) bool { return false }); !form.MatchString(id) || len(id) > longestID {
			t.Errorf("%q: %q", name, id)
		}
	})
}
