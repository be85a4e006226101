package sink_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/pipeline/alert"
	"tidemark/pipeline/alert/sink"
)

func TestCommand(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TIDEMARK_CREDENTIALS", "hunter2")
	check(t, os.WriteFile(filepath.Join(dir, "page"), []byte("#!/bin/sh\ncat >\"$2/stdin\"; env >\"$2/env\"; echo \"$1\" >\"$2/argument\"\n"), 0o755))
	s := open(t, sink.Settings{Kind: "command", Command: []string{"./page", "$(id); a b", dir}, Base: dir})
	want := message(alert.Begin, injection)
	check(t, s.Send(t.Context(), want))
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		check(t, err)
		return string(b)
	}
	var got alert.Message
	check(t, json.Unmarshal([]byte(read("stdin")), &got))
	if got.ID != want.ID {
		t.Errorf("standard input %s", read("stdin"))
	}
	if read("argument") != "$(id); a b\n" {
		t.Errorf("the argument is %q", read("argument"))
	}
	env := read("env")
	if !strings.Contains(env, "TIDEMARK_EVENT=begin\n") || strings.Contains(env, "hunter2") || strings.Contains(env, "\nBcc") || strings.Contains(env, "\x1b") {
		t.Errorf("the environment is %q", env)
	}
}

func TestCommandFails(t *testing.T) {
	s := open(t, sink.Settings{Kind: "command", Command: []string{"/bin/sh", "-c", "echo ok; echo no pager >&2; exit 3"}})
	if err := s.Send(t.Context(), message(alert.Begin, "")); err == nil || !strings.Contains(err.Error(), "exit status 3: no pager") {
		t.Errorf("error %v", err)
	}
	s = open(t, sink.Settings{Kind: "command", Command: []string{"/bin/sh", "-c", "sleep 60 & sleep 60"}, Timeout: "100ms"})
	begun := time.Now()
	if err := s.Send(t.Context(), message(alert.Begin, "")); err == nil || !strings.Contains(err.Error(), "deadline") || time.Since(begun) > 10*time.Second {
		t.Errorf("after %s: %v", time.Since(begun), err)
	}
	s = open(t, sink.Settings{Kind: "command", Command: []string{"/bin/sh", "-c", "yes | head -c 10000000"}})
	check(t, s.Send(t.Context(), message(alert.Begin, "")))
}
