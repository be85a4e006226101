package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/term"

	"tidemark/datasets"
	"tidemark/internal/suggest"
)

const (
	promptFirst = "tidemark> "
	promptNext  = "     ...> "
)

const promptHelp = `A statement ends in ; and may have several lines. Ctrl-C abandons it, Ctrl-D ends the prompt.

.tables	the datasets, with their rows and days
.schema NAME	what the columns of a dataset mean
.mode FORMAT	how results are written: table, csv, json, jsonl or markdown
.limit N	how many rows a table shows, 0 for all
.quit	end
`

// sqlPrompt reads statements line by line and answers them.
type sqlPrompt struct {
	env    *environment
	lines  lineReader
	format string
	limit  int
}

// lineReader reads lines that a person edits.
type lineReader interface {
	// line returns a line; abandoned says that the person gave it up. The error is io.EOF at the end.
	line(prompt string) (text string, abandoned bool, err error)
}

// prompt answers statements until the person ends it.
func (v *sqlVerb) prompt(ctx context.Context, env *environment) error {
	if v.Format == formatParquet {
		return usageError{errors.New("--format parquet needs a statement: the prompt writes text")}
	}
	p := &sqlPrompt{env: env, lines: newEditor(env.stdin.(*os.File), env.stdout), format: v.Format, limit: v.Limit}
	printf(env.out, "SQL over the datasets in %s. .help says how, .tables what there is.\n", env.Dir)
	return p.run(ctx)
}

func (p *sqlPrompt) run(ctx context.Context) error {
	statement := ""
	for {
		prompt := promptFirst
		if statement != "" {
			prompt = promptNext
		}
		line, abandoned, err := p.lines.line(prompt)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case abandoned:
			statement = ""
			continue
		case statement == "" && strings.TrimSpace(line) == "":
			continue
		case statement == "" && strings.HasPrefix(line, "."):
			done, err := p.command(strings.Fields(line))
			if done {
				return nil
			}
			p.complain(err)
			continue
		}
		statement += line + "\n"
		switch {
		case len(statement) > maxQuery:
			p.complain(fmt.Errorf("the statement is longer than %d bytes", maxQuery))
		case !isComplete(statement):
			continue
		default:
			p.complain(p.answer(ctx, statement))
		}
		statement = ""
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

func (p *sqlPrompt) answer(ctx context.Context, statement string) error {
	result, err := ask(ctx, p.env, statement, p.format)
	if err != nil {
		return err
	}
	return writeResult(p.env, result, p.format, p.limit)
}

// complain writes an error; what DuckDB says has the line and a caret below the place.
func (p *sqlPrompt) complain(err error) {
	if err != nil {
		fmt.Fprintf(p.env.err, "%v\n", err) // the writer makes it legible
	}
}

// command does what a line with a full stop at its beginning says. It reports whether the prompt is to end.
func (p *sqlPrompt) command(words []string) (done bool, err error) {
	argument := strings.Join(words[1:], " ")
	switch words[0] {
	case ".quit", ".exit":
		return true, nil
	case ".help":
		return false, p.env.draw(func(w io.Writer) { io.WriteString(w, promptHelp) })
	case ".tables":
		return false, (&datasetsLs{}).Run(p.env)
	case ".schema":
		return false, (&datasetsDescribe{Name: argument}).Run(p.env)
	case ".mode":
		if formats := slices.DeleteFunc(sqlFormats(), func(f string) bool { return f == formatParquet }); !slices.Contains(formats, argument) {
			return false, fmt.Errorf("no mode is called %q (want one of %s)", argument, strings.Join(formats, ", "))
		}
		p.format = argument
		return false, nil
	case ".limit":
		var n int
		if _, err := fmt.Sscanf(argument, "%d", &n); err != nil || n < 0 {
			return false, fmt.Errorf("invalid limit %q (want a number of rows, or 0 for all)", argument)
		}
		p.limit = n
		return false, nil
	}
	return false, fmt.Errorf("no command is called %q%s", words[0], suggest.Near(words[0], []string{".help", ".limit", ".mode", ".quit", ".schema", ".tables"}))
}

// isComplete reports whether a text ends in a semicolon that is in no string, name or comment.
func isComplete(text string) bool {
	complete := false
	for i := 0; i < len(text); i++ {
		begin, end := "", ""
		switch c := text[i]; {
		case c == '\'' || c == '"':
			begin, end = string(c), string(c)
		case strings.HasPrefix(text[i:], "--"):
			begin, end = "--", "\n"
		case strings.HasPrefix(text[i:], "/*"):
			begin, end = "/*", "*/"
		case c == ';':
			complete = true
		case c > ' ':
			complete = false
		}
		if end == "" {
			continue
		}
		if end == "'" || end == `"` {
			complete = false
		}
		n := strings.Index(text[i+len(begin):], end)
		if n < 0 {
			return false
		}
		i += len(begin) + n + len(end) - 1
	}
	return complete
}

// editor is a line editor on a terminal, with the lines of this session as history.
type editor struct {
	in       *os.File
	terminal *term.Terminal
	gaveUp   atomic.Bool // Ctrl-C was read
}

func newEditor(in *os.File, out io.Writer) *editor {
	e := &editor{in: in}
	e.terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{interruptible{in, &e.gaveUp}, out}, "")
	e.terminal.AutoCompleteCallback = completeName
	if width, height, err := term.GetSize(int(in.Fd())); err == nil && width > 0 {
		e.terminal.SetSize(width, height)
	}
	return e
}

// line reads a line in raw mode. While statements are answered the terminal is as it was, so that Ctrl-C stops the program.
func (e *editor) line(prompt string) (text string, abandoned bool, err error) {
	before, err := term.MakeRaw(int(e.in.Fd()))
	if err != nil {
		return "", false, err
	}
	defer term.Restore(int(e.in.Fd()), before)
	e.terminal.SetPrompt(prompt)
	text, err = e.terminal.ReadLine()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	return text, e.gaveUp.Swap(false), err
}

// interruptible is what a person types. For term.Terminal, Ctrl-C and Ctrl-D are the same; here Ctrl-C empties the line and ends it.
type interruptible struct {
	io.Reader
	gaveUp *atomic.Bool
}

const (
	ctrlC     = "\x03"
	emptyLine = "\x05\x15\r" // to the end of the line, delete to its beginning, Enter
)

// Read reads a third of p at most: a Ctrl-C becomes three characters.
func (r interruptible) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p[:max(1, len(p)/len(emptyLine))])
	if !bytes.Contains(p[:n], []byte(ctrlC)) || len(p) < len(emptyLine) {
		return n, err
	}
	r.gaveUp.Store(true)
	return copy(p, bytes.ReplaceAll(p[:n], []byte(ctrlC), []byte(emptyLine))), err
}

// completeName completes the name of a dataset as far as it is certain when Tab is pressed.
func completeName(line string, at int, key rune) (completed string, end int, ok bool) {
	if key != '\t' {
		return "", 0, false
	}
	from := strings.LastIndexFunc(line[:at], func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }) + 1
	word := line[from:at]
	if word == "" {
		return line, at, true
	}
	common := ""
	for _, s := range datasets.All() {
		switch {
		case !strings.HasPrefix(s.Name, word):
		case common == "":
			common = s.Name
		default:
			common = commonPrefix(common, s.Name)
		}
	}
	if common == "" {
		return line, at, true
	}
	return line[:from] + common + line[at:], from + len(common), true
}

func commonPrefix(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return a[:n]
}
