package cli

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/farsock/farsock/ctl/render"
)

// helpWidth is for help that goes to a pager or a file, unless COLUMNS says
// otherwise.
const helpWidth = 80

// helpColumns is how wide help may be. Unlike tables, which programs read too, it
// heeds COLUMNS everywhere.
func (e Env) helpColumns() int {
	if width := e.width(); width > 0 {
		return width
	}
	if n, err := strconv.Atoi(e.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return helpWidth
}

// fitHelp makes the help of all commands fit the terminal.
func (a *app) fitHelp(root *cobra.Command) {
	show := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		out := cmd.OutOrStdout()
		var text bytes.Buffer
		cmd.SetOut(&text)
		show(cmd, args)
		cmd.SetOut(out)
		_, err := io.WriteString(out, fitted(text.String(), a.env.helpColumns()))
		a.helpLost = stdoutError(err)
	})
}

// hanging is where the text of an indented line begins: after its first column,
// if it has two.
var hanging = regexp.MustCompile(`^ +(\S+( \S+)*? {2,})?`)

// fitted breaks a help text into lines of at most width columns.
// Paragraphs with a line that is too long are filled anew, columns keep their
// place, and examples stay as they are, since they are there to be copied.
func fitted(text string, width int) string {
	var out, together []string // together: lines of one paragraph or column
	flush := func() {
		switch {
		case len(together) == 0:
		case !slices.ContainsFunc(together, func(line string) bool { return len(line) > width }):
			out = append(out, together...)
		case strings.HasPrefix(together[0], " "):
			for i, line := range together[1:] {
				together[i+1] = strings.TrimSpace(line)
			}
			out = append(out, hung(strings.Join(together, " "), width)...)
		default:
			out = append(out, render.Wrap(strings.Join(together, " "), width)...)
		}
		together = nil
	}
	examples := false
	for _, line := range strings.Split(text, "\n") {
		title := strings.HasSuffix(line, ":") && !strings.HasPrefix(line, " ") && len(line) <= width
		switch {
		case line == "" || title:
			flush()
			out = append(out, line)
			examples = line == "Examples:" || examples && line == ""
		case examples:
			out = append(out, line)
		case strings.HasPrefix(line, " ") && (len(together) == 0 || !continues(line, together[0])):
			flush()
			together = []string{line}
		default:
			together = append(together, line)
		}
	}
	flush()
	return strings.Join(out, "\n")
}

// leastColumn is how wide the text beside a first column has to be; where there is
// less room it hangs under that column.
const leastColumn = 24

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// continues says whether a line goes on with the text of a line that has columns.
func continues(line, first string) bool {
	at := len(hanging.FindString(first))
	return at > indentOf(first) && indentOf(line) == at
}

// hung breaks an indented line; what follows hangs under its text.
func hung(line string, width int) []string {
	lead, text := line[:indentOf(line)], strings.TrimLeft(line, " ")
	var lines []string
	if column := hanging.FindString(line); len(column) > len(lead) && len(line) > width {
		lead, text = column, line[len(column):]
		if len(column) > width-leastColumn {
			lines = []string{strings.TrimRight(column, " ")}
			lead = strings.Repeat(" ", indentOf(column)+4)
		}
	}
	for _, part := range render.Wrap(text, width-len(lead)) {
		lines = append(lines, lead+part)
		lead = strings.Repeat(" ", len(lead))
	}
	return lines
}
