package main

import (
	"bytes"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// inChinese says what kong says in the language of those who type the commands.
var inChinese = strings.NewReplacer(
	"Usage: ", "用法：", "Commands:", "命令：", "Arguments:", "参数：", "Flags:", "选项：",
	"[flags]", "[选项]", "<command>", "<命令>", "=STRING", "=写内容", "=STATUS,...", "=状态,状态 ", // as wide, for the columns
	"Show context-sensitive help.", "显示用法",
	`Run "duban <command> --help" for more information on a command.`, "运行 duban <命令> --help 看一个命令的用法",
	"unexpected argument ", "看不懂 ", "unknown flag ", "没有选项 ", ", did you mean one of ", "；是不是 ", ", did you mean ", "；是不是 ", `"?`, `"？`,
	": expected file value but got \"EOL\" (<EOL>)", " 后面要写内容", ": expected string value but got \"EOL\" (<EOL>)", " 后面要写内容",
	": missing value, expecting \"<arg>,...\"", " 后面要写内容",
	": bool value must be true, 1, yes, false, 0 or no but got ", " 后面不用写 ", "bool value must be true, 1, yes, false, 0 or no but got ", "选项后面不用写 ",
	" must be one of ", " 只能是 ", " but got ", "，不能是 ",
	"missing flags: ", "还要写 ", "expected one of ", "要写一个命令：", "expected ", "还要写 ",
)

// help prints the usage.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	out, text := ctx.Stdout, new(bytes.Buffer)
	ctx.Stdout = text
	err := kong.DefaultHelpPrinter(options, ctx)
	ctx.Stdout = out
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, inChinese.Replace(text.String()))
	return err
}
