package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxSize bounds the file, in bytes: a county's places and people take a tenth of it.
const maxSize = 4 << 20

// Load reads the configuration file. Errors are *Errors with all faults; a file that cannot be read is one fault.
func Load(path string) (*Config, error) {
	c, _, err := LoadText(path)
	return c, err
}

// LoadText is Load that gives what is written in the file as well, which may hold secrets. The text is there even if it has faults.
func LoadText(path string) (c *Config, text []byte, err error) {
	text, err = readFile(path)
	if err != nil {
		return nil, nil, &Errors{Faults: []Fault{{File: path, Text: unreadable(path, err)}}}
	}
	if c, err = Parse(path, text); err == nil {
		c.File = path
	}
	return c, text, err
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	// One byte more than allowed, so that Parse sees that the file is too large.
	return io.ReadAll(io.LimitReader(f, maxSize+1))
}

func unreadable(path string, err error) string {
	info, statErr := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "没有这个文件。第一次用请运行 duban init，回答几个问题就写好；或者复制 config.example.yaml 为 " + filepath.Base(path) + "，按说明修改"
	case errors.Is(err, fs.ErrPermission):
		return "没有权限读这个文件，请检查文件的所有者和权限"
	case statErr == nil && info.IsDir():
		return "这是一个文件夹，请写配置文件的完整路径，例如 " + filepath.Join(path, "config.yaml")
	}
	return "读不出这个文件：" + err.Error()
}

// Parse reads the configuration from data. The name of the file is for messages, and relative paths in the file are taken
// from its folder. Errors are *Errors with all faults. Environment variables are read for ${NAME}; the time is not.
func Parse(name string, data []byte) (*Config, error) {
	return parse(name, data, os.LookupEnv)
}

func parse(name string, data []byte, getenv func(string) (string, bool)) (*Config, error) {
	c := withoutCategories()
	r := newReader(name, data, getenv)
	if r.load(&c) {
		if !r.has("categories") {
			c.Categories = shippedCategories()
		}
		fillUrgentAt(c.Escalation)
		check(r, &c)
	}
	if err := r.errors(); err != nil {
		return nil, err
	}
	c.finish(filepath.Dir(name))
	return &c, nil
}

// finish puts values into the one form that the program uses: paths from the file's folder, the dashboard's address without
// a slash at its end, and the way of listening that a chat leaves out.
func (c *Config) finish(folder string) {
	file := c.Storage.Place()
	paths := []*string{
		&c.Storage.Media, &c.Channels.WeChat.Session, &c.Channels.WeCom.CA, &c.Log.File, &c.Backup.Folder, &c.Backup.CopyTo,
	}
	if c.Storage.Driver == DriverSQLite {
		paths = append(paths, &file)
	}
	if c.Pictures.Font != SystemFont {
		paths = append(paths, &c.Pictures.Font)
	}
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(folder, *p)
		}
	}
	c.Storage.DSN = Secret(file)
	c.Web.PublicURL = strings.TrimRight(c.Web.PublicURL, "/")
	for i := range c.Chats {
		if c.Chats[i].Listen == "" {
			c.Chats[i].Listen = ListenCommands
		}
	}
}
