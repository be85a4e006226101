package sink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tidemark/internal/legible"
	"tidemark/pipeline/alert"
)

// command runs a program for each message, without a shell. It has the message as JSON on standard input, and its parts in the
// environment. Exit code 0 means that it accepted the message.
type command struct {
	path      string
	arguments []string
}

const (
	maxVariable = 4000     // bytes of a variable
	maxOutput   = 64 << 10 // bytes of what the program writes; the rest is not kept
)

func openCommand(s Settings, _ Place) (alert.Sink, error) {
	if len(s.Command) == 0 || s.Command[0] == "" {
		return nil, errors.New(`command is missing (want for example command = ["/usr/local/bin/page", "noc"]; there is no shell)`)
	}
	if !strings.ContainsRune(s.Command[0], filepath.Separator) {
		return nil, fmt.Errorf("command: %q is not looked for in PATH; write its path", s.Command[0])
	}
	return &command{s.Program(), s.Command[1:]}, nil
}

func (c *command) Send(ctx context.Context, m alert.Message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, c.path, c.arguments...)
	cmd.WaitDelay = time.Second // for what it started, and left
	cmd.Env = environment(m)
	cmd.Stdin = bytes.NewReader(text)
	out := &tail{}
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Run()
	if ctx.Err() != nil {
		return fmt.Errorf("%s was ended: %w", filepath.Base(c.path), context.Cause(ctx))
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(c.path), err, legible.Line(out.last()))
	}
	return nil
}

// environment returns the variables of a message, and what programs need to find their way. Nothing else is handed on: the environment
// has secrets.
func environment(m alert.Message) (all []string) {
	for _, name := range []string{"PATH", "HOME", "LANG", "TZ", "TMPDIR"} {
		if value, set := os.LookupEnv(name); set {
			all = append(all, name+"="+value)
		}
	}
	for _, v := range [][2]string{
		{"ID", m.ID}, {"EVENT", m.Event}, {"COUNT", strconv.Itoa(m.Count)}, {"TITLE", m.Title()}, {"URL", m.URL},
		{"ALERT", m.Alert.ID}, {"WATCH", m.Alert.Watch}, {"KIND", m.Alert.Kind}, {"SEVERITY", m.Alert.Severity}, {"SUBJECT", m.Alert.Subject}, {"TEXT", m.Alert.Text},
	} {
		value := strings.ToValidUTF8(v[1][:min(len(v[1]), maxVariable)], "")
		all = append(all, "TIDEMARK_"+v[0]+"="+legible.Line(value))
	}
	return all
}

// tail keeps the beginning of what a program writes, of which the last line is shown.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p[:min(len(p), maxOutput-len(t.kept))]...)
	return len(p), nil
}

func (t *tail) last() string {
	lines := strings.Split(strings.TrimSpace(string(t.kept)), "\n")
	line := lines[len(lines)-1]
	return strings.ToValidUTF8(line[:min(len(line), maxShown)], "")
}
