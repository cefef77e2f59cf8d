// Command duban is the work-group bot of a county's 全国文明城市创建 campaign.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"duban/bot"
	"duban/internal/config"
	"duban/internal/setup"
)

// version is set when a release is built: -ldflags "-X main.version=…".
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

type commands struct {
	Init    initCmd    `cmd:"" help:"第一次用：回答五个问题，写好配置文件"`
	Run     runCmd     `cmd:"" help:"按配置运行（微信等工作群）"`
	Demo    demoCmd    `cmd:"" help:"演示：在浏览器里打开一个虚构县的工作群"`
	Console consoleCmd `cmd:"" help:"在终端里对话，或回放一段对话"`
	Doctor  doctorCmd  `cmd:"" help:"检查这台电脑和已装好的督办，说出问题和办法；什么都不改"`
	Check   checkCmd   `cmd:"" help:"检查配置文件，一次列出全部错误"`
	Schema  schemaCmd  `cmd:"" help:"输出配置文件的 JSON Schema，编辑器用它提示和检查"`
	Form    formCmd    `cmd:"" name:"template" help:"生成登记单位和人员的表格模板，或把现有的导出成表格"`
	Import  importCmd  `cmd:"" help:"把填好的表格导入配置文件：先列出变化，确认后才写入"`
	Export  exportCmd  `cmd:"" help:"导出问题台账，或关于一个人的全部信息"`
	Erase   eraseCmd   `cmd:"" help:"清除一个已经离开的人的个人信息，台账不变"`
	Backup  backupCmd  `cmd:"" help:"立即备份，程序运行时也可以"`
	Restore restoreCmd `cmd:"" help:"从备份恢复，先停止程序"`

	AlertTest alertTestCmd `cmd:"" help:"发一条测试告警，看能不能收到"`
	Health    healthCmd    `cmd:"" help:"问正在运行的程序是否正常，正常时退出码为 0"`
	Selftest  selfTestCmd  `cmd:"" help:"在这台机器上试一遍程序的各个部分，不动任何数据"`
	Code      codeCmd      `cmd:"" help:"生成一次性绑定码"`
	Directory directoryCmd `cmd:"" help:"按单位通讯录里的姓名绑定人员：先列出来，确认后才绑定"`
	Sample    sampleCmd    `cmd:"" help:"用演示数据生成样例：排名、曝光台、通报、台账等"`
	Version   versionCmd   `cmd:"" help:"显示版本"`
}

// streams are what commands read from and write to.
type streams bot.Terminal

// run executes one command line and gives the exit code: 0 done, 1 failed, 2 not understood.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	var cmds commands
	exited := -1
	parser, err := kong.New(&cmds, kong.Name("duban"), kong.Description("督办：文明城市创建工作群机器人"),
		kong.Writers(out, errOut), kong.Exit(func(code int) { exited = code }), kong.Help(help))
	if err != nil {
		fmt.Fprintln(errOut, err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kctx, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(errOut, "命令行不对：%s\n运行 duban --help 看用法\n", inChinese.Replace(err.Error()))
		return 2
	}
	kctx.BindTo(ctx, (*context.Context)(nil))
	if err := kctx.Run(streams{In: in, Out: out, ErrOut: errOut}); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(errOut, err)
		return 1
	}
	return 0
}

type configFlag struct {
	Config string `help:"配置文件" default:"config.yaml" type:"path"`
}

// example is what init starts from.
//
//go:embed config.example.yaml
var example string

type initCmd struct {
	File         string `arg:"" name:"文件" optional:"" help:"写到哪个文件，不能已经有" default:"config.yaml" type:"path"`
	County       string `help:"县（市、区）的名称；写了的不再问，下同"`
	Admin        string `help:"您的姓名"`
	OfficeGroup  string `help:"创城办工作群的名称"`
	InspectGroup string `help:"督查员上报问题的工作群的名称"`
	Web          string `help:"看板在哪里能打开：本机 或 局域网"`
}

// Run asks what it must know and writes the first configuration file.
func (c initCmd) Run(ctx context.Context, s streams) error {
	given := setup.Answers{County: c.County, Admin: c.Admin, Office: c.OfficeGroup, Inspect: c.InspectGroup, Web: c.Web}
	return setup.Init(ctx, c.File, example, given, s.In, s.Out)
}

type runCmd struct{ configFlag }

// Run runs the bot on the channels that the configuration enables.
func (c runCmd) Run(ctx context.Context, s streams) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	log, done, err := configuredLog(cfg, s.ErrOut)
	if err != nil {
		return err
	}
	return errors.Join(bot.Serve(ctx, cfg, bot.Options{Log: log, Version: version}, bot.Terminal(s)), done())
}

type demoCmd struct {
	Listen string `help:"网页地址，只能是本机" default:"127.0.0.1:8710"`
	Open   bool   `help:"自动打开浏览器" default:"true" negatable:""`
}

// Run serves the demo until it is interrupted.
func (c demoCmd) Run(ctx context.Context, s streams) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP) // the terminal was closed
	defer stop()
	ready := func(url string) {
		fmt.Fprintf(s.Out, "演示已打开：%s\n县、单位和人都是虚构的；数据在退出后清除。按 Ctrl+C 退出。\n", url)
		if c.Open {
			openBrowser(ctx, url)
		}
	}
	return bot.Demo(ctx, c.Listen, ready, logger(s.ErrOut, slog.LevelWarn))
}

// openBrowser shows a page in the visitor's browser, where there is a desktop; where it fails, the address stands in the
// terminal.
func openBrowser(ctx context.Context, url string) {
	opener := []string{"xdg-open"}
	switch {
	case runtime.GOOS == "windows":
		opener = []string{"rundll32", "url.dll,FileProtocolHandler"}
	case runtime.GOOS == "darwin":
		opener = []string{"open"}
	case os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "":
		return
	}
	cmd := exec.CommandContext(ctx, opener[0], append(opener[1:], url)...) //nolint:gosec // the address is our own
	go func() { _ = cmd.Run() }()
}

type sampleCmd struct {
	Folder string `arg:"" name:"目录" optional:"" help:"放到哪个目录" default:"sample" type:"path"`
}

// Run plays the demo's week and keeps what the groups were sent.
func (c sampleCmd) Run(ctx context.Context, s streams) error {
	progress := func(day string) { fmt.Fprintf(s.ErrOut, "正在演示 %s……\n", day) }
	names, err := bot.Sample(ctx, c.Folder, progress, logger(s.ErrOut, slog.LevelWarn))
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "样例在 %s：%s\n", c.Folder, strings.Join(names, "、"))
	return nil
}

type consoleCmd struct {
	configFlag
	Start string `help:"故事开始的时间，如 \"2026-11-23 09:00\"；不写则用真实时间"`
	Echo  bool   `help:"把输入也打印出来"`
}

// Run talks in the terminal until the input ends.
func (c consoleCmd) Run(ctx context.Context, s streams) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	return bot.Console(ctx, cfg, bot.Terminal(s), c.Start, c.Echo, logger(s.ErrOut, slog.LevelError))
}

type checkCmd struct {
	File string `arg:"" name:"文件" optional:"" help:"配置文件" default:"config.yaml" type:"path"`
	Diff bool   `help:"还说出与正在用的配置有什么不同、哪些重启后生效、有没有不能删的"`
}

// Run prints every fault of a configuration file, or what it describes.
func (c checkCmd) Run(ctx context.Context, s streams) error {
	text, err := bot.Check(c.File, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, text)
	if !c.Diff {
		return nil
	}
	text, err = bot.CheckChange(ctx, c.File, time.Now(), logger(s.ErrOut, slog.LevelError))
	if text != "" {
		fmt.Fprintln(s.Out, text)
	}
	return err
}

type schemaCmd struct {
	Output string `short:"o" help:"写到哪个文件；不写就写到标准输出" type:"path"`
}

// Run prints the schema of the configuration file.
func (c schemaCmd) Run(s streams) error {
	text, err := config.Schema([]byte(example))
	if err != nil {
		return err
	}
	if c.Output == "" {
		_, err = s.Out.Write(text)
		return err
	}
	if err := config.Replace(c.Output, text, 0o644); err != nil {
		return fmt.Errorf("没有写成 %s：%w", c.Output, err)
	}
	return nil
}

type doctorCmd struct {
	configFlag
	Login bool `help:"还试着登录企业微信的机器人。会把别处正在运行的挤下线，请先停下所有的 duban"`
}

// Run prints what is in order and what is not; it fails if something keeps the program from working.
func (c doctorCmd) Run(ctx context.Context, s streams) error {
	return bot.Doctor(ctx, c.Config, c.Login, bot.Terminal(s))
}

type formCmd struct {
	File   string `arg:"" name:"文件" optional:"" help:"写到哪个文件" default:"单位和人员登记表.xlsx" type:"path"`
	Config string `help:"用这个配置文件里现有的内容填好；不写就是空白的模板" type:"path"`
	Force  bool   `help:"文件已经存在时覆盖"`
}

// Run writes a workbook to fill in.
func (c formCmd) Run(s streams) error { return setup.Template(c.File, c.Config, c.Force, s.Out) }

type importCmd struct {
	configFlag
	File   string `arg:"" name:"表格" help:"填好的表格（.xlsx）" type:"path"`
	Write  bool   `help:"不再询问，直接写入配置文件"`
	Remove bool   `help:"表里没有的，从配置里删去（表格里没有的工作表不算）"`
}

// Run brings a workbook into the configuration.
func (c importCmd) Run(ctx context.Context, s streams) error {
	return setup.Import{File: c.File, Config: c.Config, Write: c.Write, Remove: c.Remove}.Run(ctx, s.In, s.Out)
}

type exportCmd struct {
	configFlag
	Format string   `help:"格式：xlsx、csv 或 json" default:"xlsx" enum:"xlsx,csv,json"`
	From   string   `help:"从哪天上报的，如 2026-11-01"`
	To     string   `help:"到哪天，含当天"`
	Period string   `help:"或者一段时间，如 本月、上周、11月"`
	Unit   string   `help:"只要这个单位的，写 id 或名称"`
	Status []string `help:"只要这种状态的，如 整改中、未销号；几种用逗号隔开；或 超期"`
	Photos bool     `help:"附整改前照片的缩略图（xlsx，不超过 1000 件）"`
	Person string   `help:"导出关于一个人的全部信息（zip），写姓名或 id；与上面几项无关"`
	Output string   `short:"o" help:"写到哪个文件；不写时 xlsx 用台账的名字，csv 和 json 写到标准输出" type:"path"`
	Force  bool     `help:"文件已经存在时覆盖"`
}

// Run writes the ledger.
func (c exportCmd) Run(ctx context.Context, s streams) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	if c.Person != "" {
		return bot.ExportPerson(ctx, cfg, c.Person, bot.Export{File: c.Output, Force: c.Force}, bot.Terminal(s), logger(s.ErrOut, slog.LevelError))
	}
	return bot.ExportLedger(ctx, cfg, bot.Export{
		Format: c.Format, From: c.From, To: c.To, Period: c.Period, Unit: c.Unit, Status: c.Status, Photos: c.Photos, File: c.Output, Force: c.Force,
	}, bot.Terminal(s), logger(s.ErrOut, slog.LevelError))
}

type eraseCmd struct {
	configFlag
	Person string `help:"这个人在配置里用过的 id" required:"" placeholder:"ID"`
	Name   string `help:"姓名；写了才查消息和经过的文字"`
	Yes    bool   `help:"真的清除；不写只是预演"`
}

// Run forgets a person, or says what that would mean.
func (c eraseCmd) Run(ctx context.Context, s streams) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	return bot.ErasePerson(ctx, cfg, bot.Erasure{ID: c.Person, Name: c.Name, Yes: c.Yes}, bot.Terminal(s), logger(s.ErrOut, slog.LevelError))
}

type backupCmd struct{ configFlag }

// Run makes a backup now.
func (c backupCmd) Run(ctx context.Context, s streams) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	return bot.Backup(ctx, cfg, bot.Terminal(s), logger(s.ErrOut, slog.LevelError))
}

type restoreCmd struct {
	configFlag
	File  string `arg:"" name:"备份" help:"备份文件，如 data/backup/duban-20261125-0300.db" type:"path"`
	Media bool   `help:"把备份里有、照片文件夹里没有的照片也恢复"`
}

// Run puts a backup in the place of the database.
func (c restoreCmd) Run(ctx context.Context, s streams) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	return bot.Restore(ctx, cfg, c.File, c.Media, bot.Terminal(s))
}

type alertTestCmd struct{ configFlag }

// Run sends a test message by every way of the alerts.
func (c alertTestCmd) Run(ctx context.Context, s streams) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	lines, err := bot.TestAlert(ctx, cfg, time.Now())
	for _, line := range lines {
		fmt.Fprintln(s.Out, line)
	}
	return err
}

type healthCmd struct{ configFlag }

// Run asks the running program how it is; a container's check calls it.
func (c healthCmd) Run(ctx context.Context, s streams) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	text, err := bot.AskHealth(ctx, cfg.Web)
	fmt.Fprint(s.Out, text)
	return err
}

type selfTestCmd struct{}

// Run tries the program on this machine.
func (selfTestCmd) Run(ctx context.Context, s streams) error {
	return bot.SelfTest(ctx, bot.Terminal(s), logger(s.ErrOut, slog.LevelError))
}

type codeCmd struct {
	configFlag
	Kind string `arg:"" name:"person|chat" help:"person（人）或 chat（群）" enum:"person,chat"`
	ID   string `arg:"" name:"姓名或群名" help:"配置里的 id 或名字"`
}

// Run makes a one-time code and prints it.
func (c codeCmd) Run(ctx context.Context, s streams) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	text, err := bot.NewCode(ctx, cfg, c.Kind, c.ID, logger(s.ErrOut, slog.LevelError))
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, text)
	return nil
}

type directoryCmd struct {
	configFlag
	Channel string `arg:"" name:"通道" help:"哪个通道的通讯录：feishu（飞书）、dingtalk（钉钉）"`
	Write   bool   `help:"不再询问，直接绑定"`
}

// Run binds people by the names in the organisation's directory.
func (c directoryCmd) Run(ctx context.Context, s streams) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	agreed := func(question string) bool { return c.Write || setup.Agreed(ctx, s.In, s.Out, question) }
	return bot.BindByDirectory(ctx, cfg, c.Channel, agreed, bot.Terminal(s), logger(s.ErrOut, slog.LevelError))
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(s streams) error {
	_, err := fmt.Fprintln(s.Out, "duban", version)
	return err
}
