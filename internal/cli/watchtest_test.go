package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWatchTest: a sink gets a message that says that it is a test, and the user learns whether it was accepted, but no secret.
func TestWatchTest(t *testing.T) {
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = string(body)
		if r.URL.Path == "/down/hunter2" {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	defer server.Close()
	t.Setenv("TIDEMARK_TEST_HOOK", server.URL+"/down/hunter2")
	dir := t.TempDir()
	config := filepath.Join(dir, "tidemark.toml")
	text := fmt.Sprintf("[sink.noc]\nkind = 'webhook'\nurl = %q\n[sink.down]\nkind = 'webhook'\nurl = 'env:TIDEMARK_TEST_HOOK'\n[sink.unset]\nkind = 'webhook'\nurl = 'env:TIDEMARK_TEST_NOTHING'\n", server.URL)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for sink, want := range map[string]struct {
		code int
		says string
	}{
		"noc":   {0, "The sink noc accepted the message test-noc-"},
		"down":  {1, "sink.down: 127.0.0.1"},
		"unset": {1, "the variable TIDEMARK_TEST_NOTHING of the environment is not set"},
		"nco":   {2, `no sink is called "nco"; did you mean "noc"?`},
	} {
		got = ""
		stdout, stderr, code := runProgram(t, "watch", "test", sink, "-c", config, "-d", filepath.Join(dir, "data"))
		if code != want.code || !strings.Contains(stdout+stderr, want.says) || strings.Contains(stdout+stderr, "hunter2") {
			t.Errorf("%s: exit code %d\n%s%s", sink, code, stdout, stderr)
		}
		if sink == "noc" && !strings.Contains(got, "This is a test of the sink noc") {
			t.Errorf("the sink got %s", got)
		}
	}
}
