// Package config reads the one YAML file that administrators edit. It is strict: every fault of the file is reported at
// once, with its line, its key and what is allowed, in Chinese. Keys that are left out have the defaults of Default.
package config

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// Config is the whole configuration. It is not changed after it was loaded.
type Config struct {
	Campaign       issue.Campaign         `yaml:"campaign"`
	Storage        Storage                `yaml:"storage"`
	Channels       Channels               `yaml:"channels"`
	Web            Web                    `yaml:"web"`
	Log            Log                    `yaml:"log"`
	Retention      Retention              `yaml:"retention"`
	Pictures       Pictures               `yaml:"pictures"`
	Calendar       Calendar               `yaml:"calendar"`
	Identity       string                 `yaml:"identity"` // IdentityBound or IdentityGroupCard (design.md §7)
	Rules          Rules                  `yaml:"rules"`
	LookBack       issue.LookBackPlan     `yaml:"look_back"`
	Groups         []issue.Group          `yaml:"groups"`
	Units          []issue.Unit           `yaml:"units"`
	People         []issue.Person         `yaml:"people"`
	Places         []issue.Place          `yaml:"places"`
	Categories     []issue.Category       `yaml:"categories"`
	Responsibility []issue.Responsibility `yaml:"responsibility"`
	Chats          []issue.Chat           `yaml:"chats"`
	Schedule       Schedule               `yaml:"schedule"`
	Escalation     []issue.Rung           `yaml:"escalation"`
	Scoring        issue.Scoring          `yaml:"scoring"`
	Bulletin       issue.Bulletin         `yaml:"bulletin"`
	Backup         Backup                 `yaml:"backup"`
	Alerts         Alerts                 `yaml:"alerts"`

	// File is the path that Load read; "" for a Config that came from elsewhere.
	File string `yaml:"-"`
}

// The values of Config.Identity: whether only bound identities count, or also an exact and unique group card for
// reporting, signing and completing.
const (
	IdentityBound     = "bound"
	IdentityGroupCard = "group_card"
)

// The values of a chat's listen key: whether plain commands count, or only messages that mention or quote the bot.
const (
	ListenCommands = "commands"
	ListenMentions = "mentions"
)

// The values of storage.driver.
const (
	DriverSQLite   = "sqlite"
	DriverPostgres = "postgres"
)

// Storage says where data is kept.
type Storage struct {
	Driver string `yaml:"driver"` // DriverSQLite or DriverPostgres
	DSN    Secret `yaml:"dsn"`    // the database file, relative to the folder of the config file; or the address of a server, with a password
	Media  string `yaml:"media"`  // the folder of the photos; relative likewise
	// Takeover is how long one of several processes may give no sign of life before another one takes over its work.
	Takeover time.Duration `yaml:"takeover_after"`
}

// Place is where the database is: its file, or the address of its server, which must not be shown.
func (s Storage) Place() string { return s.DSN.Reveal() }

// Folder is where the program keeps small files of its own: beside the database file, and with a server beside the folder of the photos.
func (s Storage) Folder() string {
	if s.Driver == DriverPostgres {
		return filepath.Dir(s.Media)
	}
	return filepath.Dir(s.Place())
}

// Beside is a file in Folder that is called as the database file, with another end.
func (s Storage) Beside(end string) string {
	name := "duban"
	if s.Driver != DriverPostgres {
		name = strings.TrimSuffix(filepath.Base(s.Place()), ".db")
	}
	return filepath.Join(s.Folder(), name+end)
}

// Channels are the chat networks that the bot speaks on.
type Channels struct {
	WeChat    WeChat    `yaml:"wechat"`
	WeCom     WeCom     `yaml:"wecom"`
	WeComHook WeComHook `yaml:"wecom_hook"`
	Feishu    Feishu    `yaml:"feishu"`
	DingTalk  DingTalk  `yaml:"dingtalk"`
	Console   Console   `yaml:"console"`
}

// The values of channels.wechat.mode.
const (
	ModeDesktop = "desktop" // the login of the UOS desktop client
	ModeNormal  = "normal"  // the login of the browser
)

// WeChat is the personal WeChat account.
type WeChat struct {
	Enabled bool   `yaml:"enabled"`
	Mode    string `yaml:"mode"`    // ModeDesktop or ModeNormal
	Session string `yaml:"session"` // the file that keeps the login; relative to the folder of the config file
	Send    Send   `yaml:"send"`
}

// WeCom is a 企业微信智能机器人 over its long connection.
type WeCom struct {
	Enabled bool   `yaml:"enabled"`
	BotID   string `yaml:"bot_id"`
	Secret  Secret `yaml:"secret"`
	URL     string `yaml:"url"` // "" for the public service
	CA      string `yaml:"ca"`  // certificates to trust besides the system's; relative to the folder of the config file
}

// WeComHook are robots of 企业微信 groups that only send.
type WeComHook struct {
	Enabled bool        `yaml:"enabled"`
	URL     string      `yaml:"url_base"` // "" for the public service
	Groups  []HookGroup `yaml:"groups"`
}

// HookGroup is a group with a robot that only sends.
type HookGroup struct {
	Chat string `yaml:"chat"` // a group of the register, by its id
	Key  Secret `yaml:"key"`  // whoever has it can write there
}

// Keys are the keys of the robots by the ids of the groups.
func (h WeComHook) Keys() map[string]string {
	keys := map[string]string{}
	for _, g := range h.Groups {
		keys[g.Chat] = g.Key.Reveal()
	}
	return keys
}

// The values of channels.feishu.receive: which messages of a group arrive.
const (
	ReceiveMentions = "mentions"
	ReceiveAll      = "all" // needs a permission that the company's administrator has to grant
)

// Feishu is an app with a bot in 飞书 over its long connection.
type Feishu struct {
	Enabled bool   `yaml:"enabled"`
	AppID   string `yaml:"app_id"`
	Secret  Secret `yaml:"secret"`
	URL     string `yaml:"url"`     // "" for the public service
	Receive string `yaml:"receive"` // ReceiveMentions or ReceiveAll
}

// DingTalk is the robot of a 钉钉 app in Stream mode.
type DingTalk struct {
	Enabled   bool   `yaml:"enabled"`
	ClientID  string `yaml:"client_id"`
	Secret    Secret `yaml:"secret"`
	RobotCode string `yaml:"robot_code"` // "" where it is the ClientID, as of apps of the company itself
	URL       string `yaml:"url"`        // of the open interface; "" for the public service
	OapiURL   string `yaml:"oapi_url"`   // of the older interface, which takes pictures and files; "" likewise
}

// Any says whether any channel is enabled on which something arrives.
func (c Channels) Any() bool {
	return c.WeChat.Enabled || c.WeCom.Enabled || c.Feishu.Enabled || c.DingTalk.Enabled || c.Console.Enabled
}

// Enabled says whether a channel of a name is.
func (c Channels) Enabled(name string) bool {
	v := reflect.ValueOf(c)
	i := slices.Index(keysOf(v.Type()), name)
	return i >= 0 && v.Field(i).FieldByName("Enabled").Bool()
}

// Send slows the sending down, so that the account does not look like a machine.
type Send struct {
	PerMinute int           `yaml:"per_minute"`
	Jitter    time.Duration `yaml:"jitter"` // up to this much is added at random
}

// Console is the terminal as a channel, for scripts and trials.
type Console struct {
	Enabled bool `yaml:"enabled"`
}

// Web is the dashboard.
type Web struct {
	Listen    string `yaml:"listen"`     // host:port, or Off
	PublicURL string `yaml:"public_url"` // without a slash at its end; "": where it listens
	Token     Secret `yaml:"token"`      // without it the dashboard may listen on loopback only
}

// Log says what is logged, and where to.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn, error
	File   string `yaml:"file"`   // "" for the terminal; relative to the folder of the config file
	Format string `yaml:"format"` // LogText or LogJSON, of a file
	MaxMB  int    `yaml:"max_mb"` // a file that is larger is put away; Retention.Logs says for how long
	Keep   int    `yaml:"keep"`   // how many full files there are at most; 0: as many as the time allows
}

// The values of log.format.
const (
	LogText = "text"
	LogJSON = "json"
)

// Retention says for how many days data about people is kept (docs/privacy.md); 0: for ever. The ledger, the events, the scores and
// what was published stay whatever it says.
type Retention struct {
	Photos      int `yaml:"photos"`       // of issues, from the last event of one that is over
	LoosePhotos int `yaml:"loose_photos"` // that belong to no issue, from their arrival
	ChatText    int `yaml:"chat_text"`    // the words of messages that were handled or sent
	Drafts      int `yaml:"drafts"`       // drafts of publications that another one replaced
	Logs        int `yaml:"logs"`         // files of the log that are full
}

// Backup says what the nightly backup keeps.
type Backup struct {
	Folder string `yaml:"folder"`  // relative to the folder of the config file
	Media  bool   `yaml:"media"`   // the photos too
	Keep   int    `yaml:"keep"`    // for how many days
	CopyTo string `yaml:"copy_to"` // a second folder, best on another disk; "" for none; relative likewise
}

// Alerts say how people hear outside of the chat that something is wrong with the program.
type Alerts struct {
	Webhook      Secret        `yaml:"webhook"` // the address of a group robot, which is its key; "" for none
	Format       string        `yaml:"format"`  // WebhookWeCom, WebhookDingTalk, WebhookFeishu or WebhookJSON
	Email        Email         `yaml:"email"`
	OfflineAfter time.Duration `yaml:"offline_after"` // how long a channel may be away
	DiskFreeMB   int           `yaml:"disk_free_mb"`  // 0: not watched
	PerHour      int           `yaml:"per_hour"`      // the most messages in an hour
}

// Email is how mail is sent.
type Email struct {
	Server   string   `yaml:"server"` // host:port; "" for none
	From     string   `yaml:"from"`
	To       []string `yaml:"to"`
	User     string   `yaml:"user"` // "" for a server without a login
	Password Secret   `yaml:"password"`
}

// The values of alerts.format.
const (
	WebhookWeCom    = "wecom"
	WebhookDingTalk = "dingtalk"
	WebhookFeishu   = "feishu"
	WebhookJSON     = "json"
)

// Pictures says how rankings and other pictures look.
type Pictures struct {
	Font string `yaml:"font"` // a .ttf, .ttc or .otf file, relative to the folder of the config file; SystemFont; "" for the font inside the program
}

// SystemFont stands for a Chinese font of the computer in place of a file.
const SystemFont = "system"

// Calendar is the working time (design.md §4).
type Calendar struct {
	WorkHours     []calendar.Period  `yaml:"work_hours"`
	WorkDay       string             `yaml:"work_day"` // calendar.ModeEndOfDay or calendar.ModeHours8
	SameDayCutoff calendar.TimeOfDay `yaml:"same_day_cutoff"`
	DaysOff       []calendar.Date    `yaml:"days_off"`
	Workdays      []calendar.Date    `yaml:"workdays"`
	QuietHours    calendar.Period    `yaml:"quiet_hours"` // the zero period: never quiet
}

// Rules are the limits of the conversation and of the supervision, as issue.Rules explains them.
type Rules struct {
	PairWindow      time.Duration  `yaml:"pair_window"`
	WithdrawWindow  time.Duration  `yaml:"withdraw_window"`
	DuplicateWindow time.Duration  `yaml:"duplicate_window"` // 0: duplicates are not looked for
	DefaultLimit    calendar.Limit `yaml:"default_limit"`
	SignLimit       calendar.Limit `yaml:"sign_limit"` // the only limit that may be empty: no clock
	AutoSign        time.Duration  `yaml:"auto_sign"`  // 0: never
	ReviewLimit     calendar.Limit `yaml:"review_limit"`
	ReturnLimit     calendar.Limit `yaml:"return_limit"`
	SendBackLimit   calendar.Limit `yaml:"send_back_limit"`
	DecisionLimit   calendar.Limit `yaml:"decision_limit"`
	OfficeExtension calendar.Limit `yaml:"office_extension"`
	AppealLimit     calendar.Limit `yaml:"appeal_limit"`
	OpinionLimit    calendar.Limit `yaml:"opinion_limit"`
	ComplaintLimit  calendar.Limit `yaml:"complaint_limit"`
	CoverageDays    int            `yaml:"coverage_days"` // 0: gaps are not looked for
}

// Register gives what the file says about the campaign. It shares its lists with the Config; both are read only.
func (c *Config) Register() *issue.Register {
	r := issue.Register{
		Campaign: c.Campaign, Groups: c.Groups, Units: c.Units, People: c.People, Places: c.Places,
		Categories: c.Categories, Responsibility: c.Responsibility, Chats: c.Chats, Escalation: c.Escalation,
		Scoring: c.Scoring, Bulletin: c.Bulletin, Rules: c.rules(),
	}
	return r.Indexed()
}

func (c *Config) rules() issue.Rules {
	r := c.Rules
	return issue.Rules{
		PairWindow: r.PairWindow, WithdrawWindow: r.WithdrawWindow, DuplicateWindow: r.DuplicateWindow,
		ReturnLimit: r.ReturnLimit, ReviewLimit: r.ReviewLimit, DefaultLimit: r.DefaultLimit,
		SignLimit: r.SignLimit, AutoSign: r.AutoSign,
		SendBackLimit: r.SendBackLimit, DecisionLimit: r.DecisionLimit, OfficeExtension: r.OfficeExtension,
		AppealLimit: r.AppealLimit, OpinionLimit: r.OpinionLimit, ComplaintLimit: r.ComplaintLimit,
		CoverageDays: r.CoverageDays,
		LookBack:     c.LookBack, Identity: c.Identity,
	}
}

// Location is the campaign's time zone. A Config that Load or Parse returned always has one; for any other whose zone is
// not known the answer is UTC.
func (c *Config) Location() *time.Location {
	loc, err := time.LoadLocation(c.Campaign.Timezone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// NewCalendar makes the calendar of the file's working hours, days off and working days. Errors are sentences in Chinese;
// a Config that Load or Parse returned gives none.
func (c *Config) NewCalendar() (*calendar.Calendar, error) {
	cal, err := calendar.New(calendar.Settings{
		Location:  c.Location(),
		WorkHours: c.Calendar.WorkHours, WorkDay: c.Calendar.WorkDay, SameDayCutoff: c.Calendar.SameDayCutoff,
		DaysOff: c.Calendar.DaysOff, Workdays: c.Calendar.Workdays, QuietHours: c.Calendar.QuietHours,
	})
	if err != nil {
		return nil, fmt.Errorf("calendar：%w", err)
	}
	return cal, nil
}
