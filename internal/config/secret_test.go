package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

const treasure = "s3cr3t-t0k3n"

func TestSecretIsNeverPrinted(t *testing.T) {
	c := mustParse(t, "web: {token: "+treasure+"}\n")
	if c.Web.Token.Reveal() != treasure {
		t.Fatal("the secret itself must be there")
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb+"\n", *c, c.Web, c.Web.Token)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "token", c.Web.Token, "web", c.Web, "config", c)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "token", c.Web.Token, "web", c.Web, "config", c)
	for _, encode := range []func(any) ([]byte, error){
		json.Marshal, func(v any) ([]byte, error) { return yaml.Dump(v) },
	} {
		b, err := encode(c)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	hexed := fmt.Sprintf("%x", treasure)
	for _, leak := range []string{treasure, hexed, strings.ToUpper(hexed)} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("the secret leaks as %s", leak)
		}
	}
	if !strings.Contains(out.String(), hidden) {
		t.Error("nothing was printed at all")
	}
	if s := Secret("").String(); s != "" {
		t.Errorf("no secret prints as nothing, got %q", s)
	}
}

// TestFaultsHideSecrets puts the secret, and a variable that holds it, into files with faults of all kinds.
func TestFaultsHideSecrets(t *testing.T) {
	vars := env(map[string]string{"T": treasure})
	for _, text := range []string{
		"web: {token: [" + treasure + "]}\n",
		"web: {token: {" + treasure + ": x}}\n",
		"web: {tokne: " + treasure + "}\n",
		"web: " + treasure + "\n",
		"web:\n  token:" + treasure + "\n",
		"web:\n  token：" + treasure + "\n",
		"web:\n  token：" + treasure + "\n  listen: x\n",
		"web: {token: " + treasure + ", token: " + treasure + "}\n",
		"web: {token: *" + treasure + "}\n",
		"web: {token: !x " + treasure + "}\n",
		"web: {token: \"" + treasure + "\n",
		"web: {token: \"" + treasure + "\u200b\"}\n",
		"web: {token: “" + treasure + "”}\n",
		"token: " + treasure + "\n",
		"log: {level: \"info token=" + treasure + "\"}\n",
		treasure + "\n",
		"token:" + treasure + "\n",
		"storage: {dsn: \"postgres://u:" + treasure + "@h/d\"}\n",
		"storage: {dsn: \"host=h password=" + treasure + "?\"}\n",
		"storage: {driver: \"${T}\"}\nweb: {token: \"${T}\", listen: \"${T}\", public_url: \"${T}\"}\n",
		"campaign: {timezone: \"${T}\", start: \"${T}\"}\nlog: {level: \"${T}\"}\nschedule: {backup: \"${T}\"}\nidentity: \"${T}\"\n",
		"rules: {pair_window: \"${T}\", return_limit: \"${T}\"}\nscoring: {min_cases: \"${T}\", weights: {handled: \"${T}\"}}\n",
		"channels: {wecom: {secret: [" + treasure + "]}}\n",
		"channels: {wecom: " + treasure + "}\n",
		"channels: " + treasure + "\n",
		"channels: {wecom_hook: {enabled: true, groups: [{chat: a, key: \"http://" + treasure + "\"}]}}\n",
		"channels: {wecom_hook: {groups: [" + treasure + "]}}\n",
		"units: [{id: a, name: 甲, lead: \"${T}\"}]\npeople: [{id: b, name: 乙, roles: [\"${T}\"]}]\n",
	} {
		_, err := parse("config.yaml", []byte(text), vars)
		if err == nil {
			t.Errorf("%q must have a fault", text)
			continue
		}
		if strings.Contains(err.Error(), treasure) {
			t.Errorf("%q leaks:\n%v", text, err)
		}
	}
}

// FuzzParse tries anything as a configuration: no panic, and faults with a position inside the file and with words.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/*.yaml", "testdata/bad/*.yaml", "../../config.example.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	vars := env(map[string]string{"A": "x", "B": ""})
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parse("config.yaml", data, vars)
		if err == nil {
			if _, err := c.NewCalendar(); err != nil {
				t.Errorf("an accepted file has no calendar: %v", err)
			}
			c.Register()
			c.Warnings(time.Time{})
			return
		}
		lines := newReader("", data, vars).lines()
		for _, fault := range asFaults(t, err) {
			if fault.Line < 1 || fault.Line > len(lines) {
				t.Fatalf("%v: line is not in the file of %d lines", fault, len(lines))
			}
			if width := len([]rune(lines[fault.Line-1])); fault.Column < 1 || fault.Column > width+1 {
				t.Fatalf("%v: column is not in the line of %d characters", fault, width)
			}
			if fault.Text == "" || strings.Contains(fault.String(), "\n") {
				t.Fatalf("%q is not one line with words", fault.String())
			}
		}
	})
}
