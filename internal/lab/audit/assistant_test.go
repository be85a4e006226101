package audit

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"tidemark/internal/testkit/program"
)

// testAssistant asks tidemark mcp about the sample, over its data folder and over its site: the answers and what they rest on
// are the same.
func testAssistant(t *testing.T, data string) {
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(data, "site"))))
	defer server.Close()
	folder, site := assistant(t, "mcp", "--data", data), assistant(t, "mcp", "--data", t.TempDir(), "--site", server.URL)
	type args = map[string]any
	for _, x := range []struct {
		tool      string
		arguments args
	}{
		{"datasets", nil},
		{"describe", args{"dataset": "route_states"}},
		{"sql", args{"query": "SELECT * FROM table_stats ORDER BY ALL", "limit": 1000}},
		{"sql", args{"query": "SELECT verdict, count(*) AS n FROM route_states GROUP BY ALL ORDER BY ALL"}},
		{"prefix", args{"prefix": firstOf(t, folder, "SELECT min(prefix) AS p FROM route_states WHERE time = (SELECT max(time) FROM route_states)")}},
		{"as", args{"asn": firstOf(t, folder, "SELECT max(origin_asn) AS a FROM route_states WHERE time = (SELECT max(time) FROM route_states)")}},
		{"rfc", args{"number": firstOf(t, folder, "SELECT max(number) AS n FROM rfcs")}},
		{"probe", args{"domain": firstOf(t, folder, "SELECT min(domain) AS d FROM domain_readiness")}},
		{"report", args{"year": 2024}},
	} {
		a, b := asked(t, folder, x.tool, x.arguments), asked(t, site, x.tool, x.arguments)
		if basis, ok := a["basis"].(map[string]any); ok && (basis["as_of"] == nil || basis["partition_count"] == 0.0) {
			t.Errorf("%s %v: the answer rests on %v", x.tool, x.arguments, basis)
		}
		without(a, "source")
		without(b, "source")
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s %v: of the folder\n%v\nof the site\n%v", x.tool, x.arguments, a, b)
		}
	}
}

// assistant starts the program for a client.
func assistant(t *testing.T, arguments ...string) *mcp.ClientSession {
	t.Helper()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), &mcp.CommandTransport{Command: program.Command(arguments...)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

func asked(t *testing.T, session *mcp.ClientSession, tool string, arguments map[string]any) (answer map[string]any) {
	t.Helper()
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatal(err)
	}
	text := result.Content[0].(*mcp.TextContent).Text
	if result.IsError {
		t.Fatalf("%s %v: %s", tool, arguments, text)
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// firstOf returns the first value of a query's result.
func firstOf(t *testing.T, session *mcp.ClientSession, query string) any {
	t.Helper()
	rows, _ := asked(t, session, "sql", map[string]any{"query": query})["rows"].([]any)
	return rows[0].([]any)[0]
}

// without removes the values of these names wherever they are.
func without(value any, names ...string) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range names {
			delete(value, name)
		}
		for _, v := range value {
			without(v, names...)
		}
	case []any:
		for _, v := range value {
			without(v, names...)
		}
	}
}
