package cli

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// screen collects what a terminal shows.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestSQLPrompt types into the prompt on a terminal: each line, and what the terminal shows after it.
func TestSQLPrompt(t *testing.T) {
	t.Parallel()
	user, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no terminal: %v", err)
	}
	defer user.Close()
	pty.Setsize(user, &pty.Winsize{Rows: 24, Cols: 80})
	shown := new(screen)
	go func() { // ends when the terminal is closed
		buffer := make([]byte, 4096)
		for {
			n, err := user.Read(buffer)
			shown.Write(buffer[:n])
			if err != nil {
				return
			}
		}
	}()
	ended := make(chan int, 1)
	go func() { ended <- Main(t.Context(), []string{"sql", "-d", t.TempDir()}, tty, tty, tty) }()
	for _, step := range []struct{ typed, want string }{
		{"", promptFirst},
		{"SELECT 41\r", promptNext},
		{"+ 1 AS answer;\r", "42\r\n1 row"},
		{"SELECT 'a;\r", promptNext}, // the string is open
		{"\x03", promptFirst},
		{".mode csv\r", promptFirst},
		{"SELECT 'a,b' AS text;\r", "\"a,b\"\r\n"},
		{"SELECT 1 FRM x;\r", "^"},
		{".mode spreadsheet\r", "want one of table, csv"},
		{".schema rou\t\r", ".schema rou"},
		{".tables\r", "route_states"},
		{".quti\r", "did you mean \".quit\""},
		{"\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\r", "\"a,b\"\r\n"}, // back to the statement before
		{".quit\r", ""},
	} {
		before := len(shown.text())
		user.WriteString(step.typed)
		for deadline := time.Now().Add(time.Minute); !strings.Contains(shown.text()[before:], step.want); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("after %q the terminal does not show %q:\n%s", step.typed, step.want, shown.text())
			}
		}
	}
	select {
	case code := <-ended:
		if code != 0 {
			t.Errorf("exit code %d", code)
		}
	case <-time.After(time.Minute):
		t.Fatalf(".quit does not end it:\n%s", shown.text())
	}
	tty.Close()
}

func TestIsComplete(t *testing.T) {
	for text, want := range map[string]bool{
		"SELECT 1;\n": true, "SELECT 1\n": false, "SELECT ';'\n": false, "SELECT ';';\n": true, "SELECT 'it''s';": true, `SELECT ";`: false,
		"SELECT 1 -- ;\n": false, "SELECT 1; -- done\n": true, "SELECT /* ; */ 1\n": false, "SELECT 1 /* ;": false, "": false, ";": true,
		"SELECT 1 /*/ ;": false, "SELECT 1 /*/ ; */;": true, "SELECT 1 /**/;": true,
	} {
		if isComplete(text) != want {
			t.Errorf("%q: complete is %t", text, !want)
		}
	}
}

func TestCompleteName(t *testing.T) {
	for line, want := range map[string]string{"SELECT * FROM rout": "SELECT * FROM route", "FROM domain_rea": "FROM domain_readiness", "FROM nothing_of": "FROM nothing_of"} {
		if got, at, ok := completeName(line, len(line), '\t'); !ok || got != want || at != len(want) {
			t.Errorf("%q becomes %q, %d, want %q", line, got, at, want)
		}
	}
	if _, _, ok := completeName("a", 1, 'b'); ok {
		t.Error("a letter completes")
	}
}
