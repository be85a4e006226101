package cli

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHostileReasonPhrase: what a server writes behind its status code cannot steer the operator's terminal or forge a line,
// neither in the log of the run nor in the status afterwards.
func TestHostileReasonPhrase(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			bufio.NewReader(c).ReadString('\n')
			fmt.Fprint(c, "HTTP/1.1 404 \x1b[2J\x9b31m\u202eall is well\x07\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			c.Close()
		}
	}()
	dir := t.TempDir()
	config := filepath.Join(dir, "tidemark.toml")
	text := fmt.Sprintf("[fetch]\nbackoff = \"1ms\"\n[[source]]\nname = \"hostile\"\nkind = \"roas\"\nurls = [\"http://%s/roas.json\"]\n", listener.Addr())
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := runProgram(t, "collect", "-c", config, "-d", dir)
	if code != exitPartly {
		t.Fatalf("collect: exit code %d, want %d\n%s", code, exitPartly, stderr)
	}
	stdout, _, code := runProgram(t, "status", "-c", config, "-d", dir)
	if code != exitPartly {
		t.Errorf("status: exit code %d, want %d", code, exitPartly)
	}
	if !strings.Contains(stdout, "hostile: ") {
		t.Errorf("status does not tell the error:\n%s", stdout)
	}
	for name, out := range map[string]string{"the log": stderr, "status": stdout} {
		if strings.ContainsAny(out, "\x1b\x07\u009b\u202e") || strings.ContainsRune(strings.ToValidUTF8(out, "\x00"), 0) {
			t.Errorf("%s can steer a terminal: %q", name, out)
		}
	}
}

// TestErrorsAreLegible: the last line of the program shows arguments, which others may have chosen.
func TestErrorsAreLegible(t *testing.T) {
	t.Parallel()
	_, stderr, code := runProgram(t, "as", "\x1b]0;title\x07")
	if code != exitUsage {
		t.Errorf("exit code %d, want %d", code, exitUsage)
	}
	if strings.ContainsAny(stderr, "\x1b\x07") {
		t.Errorf("%q", stderr)
	}
}

// TestEveryVerbHasExamples: the table of details has every verb and nothing else.
func TestEveryVerbHasExamples(t *testing.T) {
	t.Parallel()
	parser := newParser(&cli{}, streams{}, func(int) {})
	known := map[string]bool{}
	for _, leaf := range parser.Model.Leaves(false) {
		path := strings.TrimPrefix(leaf.FullPath(), "tidemark ")
		known[path] = true
		if !strings.Contains(leaf.Detail, "Examples:\n\n    ") {
			t.Errorf("%s has no examples", path)
		}
	}
	for path := range details() {
		if !known[path] {
			t.Errorf("there is no verb %s", path)
		}
	}
}
