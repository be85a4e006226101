package cli

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"tidemark/internal/testkit/program"
)

// TestMCP starts the program as a client does, and asks over its standard input and output.
func TestMCP(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if _, stderr, code := runProgram(t, "--data", data, "import", "rfc-index", "--date", "2025-01-02", "../../testdata/rfc/rfc-index.xml"); code != 0 {
		t.Fatal(stderr)
	}
	command := program.Command("--data", data, "mcp")
	var log strings.Builder
	command.Stderr = &log
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), &mcp.CommandTransport{Command: command, TerminateDuration: 20 * time.Second}, nil)
	if err != nil {
		t.Fatal(err, log.String())
	}
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "rfc", Arguments: map[string]any{"number": 10}})
	if err != nil {
		t.Fatal(err, log.String())
	}
	if text := result.Content[0].(*mcp.TextContent).Text; result.IsError || !strings.Contains(text, "Documentation conventions") {
		t.Errorf("%s", text)
	}
	if err := session.Close(); err != nil {
		t.Errorf("the program did not end with its input: %v, %s", err, log.String())
	}
}

// TestMCPSiteIsNamed: an address that is none is wrong usage.
func TestMCPSiteIsNamed(t *testing.T) {
	for _, address := range []string{"ftp://192.0.2.1/", "site", "https://example.net/?x=1"} {
		if _, stderr, code := runProgram(t, "--data", t.TempDir(), "mcp", "--site", address); code != exitUsage || !strings.Contains(stderr, address) {
			t.Errorf("%s: exit code %d, %s", address, code, stderr)
		}
	}
}
