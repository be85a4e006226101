package pipeline

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/internal/testkit"
)

// TestPipesInState: a named pipe, or a folder, at the place of a record or of the lock holds nobody.
func TestPipesInState(t *testing.T) {
	for _, name := range []string{"sources.json", "alerts.json", "running.json", "published.json", "clock.json", "unreadable.json", "catalogue"} {
		for what, put := range map[string]func(path string) error{
			"pipe":   func(path string) error { return exec.Command("mkfifo", path).Run() },
			"folder": func(path string) error { return os.Mkdir(path, 0o755) },
		} {
			p := open(t, Options{})
			if err := errors.Join(os.MkdirAll(p.stateDir(), 0o755), put(filepath.Join(p.stateDir(), name))); err != nil {
				testkit.Missing(t, "%v", err)
			}
			s, ctx, err := p.Begin(t.Context())
			if err != nil {
				t.Errorf("a %s in place of %s: %v", what, name, err)
				continue
			}
			if _, err := s.Collect(ctx); err != nil {
				t.Errorf("a %s in place of %s: %v", what, name, err)
			}
			s.End(ctx)
		}
	}
	p := open(t, Options{})
	if err := errors.Join(os.MkdirAll(p.stateDir(), 0o755), exec.Command("mkfifo", p.lockFile()).Run()); err != nil {
		testkit.Missing(t, "%v", err)
	}
	if _, _, err := p.Begin(t.Context()); err == nil || !strings.Contains(err.Error(), "lock is not a regular file") {
		t.Errorf("a pipe in place of the lock: %v", err)
	}
	if _, err := p.Running(); err == nil {
		t.Error("whether a run is at work is not known")
	}
}
