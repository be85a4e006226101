package assistant

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"tidemark/analysis"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch"
)

// day is that of the fixture's rows.
var day = time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)

// filled returns a store with something for every tool. A name steers the terminal.
func filled(t *testing.T) *table.Store {
	t.Helper()
	store := tables.Store(t)
	key := table.Key{Day: day, Name: "x"}
	state := func(prefix string, length uint32, origin uint32) datasets.RouteState {
		return datasets.RouteState{Time: day, Collectors: "rrc00", Family: 4, Prefix: prefix, PrefixLength: length, OriginASN: origin, Verdict: "global", ROVState: "valid", BogonClass: "none"}
	}
	tables.Commit(t, store, datasets.RouteStates, key, state("192.0.2.0/24", 24, 64496), state("198.51.100.0/24", 24, 64496), state("203.0.113.0/24", 24, 64497))
	tables.Commit(t, store, datasets.RouteHours, key, datasets.RouteHour{Time: day, Family: 4, Collectors: "rrc00", Routes: 3})
	tables.Commit(t, store, datasets.ASNames, key, datasets.ASName{FileDate: day, ASN: 64496, Name: "EXAMPLE \x1b[31mred \u202ename"})
	tables.Commit(t, store, datasets.TableStats, key, datasets.TableStat{Collector: "rrc00", DumpTime: day, Source: "rib", Family: 4, Metric: "prefixes", Value: 3})
	tables.Commit(t, store, datasets.DomainReadinesses, key,
		datasets.DomainReadiness{RunID: "home/x", RunTime: day, ListID: "top", Domain: "example.net", Service: "web", Class: "broken", Reason: "refused", Refreshed: true},
		datasets.DomainReadiness{RunID: "home/x", RunTime: day, ListID: "top", Domain: "example.org", Service: "web", Class: "ready", Refreshed: true})
	if _, err := tables.Decode(t, store, rfcwatch.Index{}, "rfc-index", "../../testdata/rfc/rfc-index.xml", day); err != nil {
		t.Fatal(err)
	}
	return store
}

// connected returns a client of a server over the source. A call may take as long as limit.
func connected(t *testing.T, source Source, limit time.Duration) *mcp.ClientSession {
	t.Helper()
	here, there := mcp.NewInMemoryTransports()
	if _, err := newServer(source, analysis.Questions(), limit).Connect(t.Context(), there, nil); err != nil {
		t.Fatal(err)
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), here, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

type args = map[string]any

// call calls a tool and returns the text of its answer, and whether that is an error.
func call(t *testing.T, session *mcp.ClientSession, tool string, arguments args) (text string, failed bool) {
	t.Helper()
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	if len(result.Content) != 1 {
		t.Fatalf("%s: %d contents, want 1", tool, len(result.Content))
	}
	return result.Content[0].(*mcp.TextContent).Text, result.IsError
}

// examples are arguments that each tool answers from the fixture, and what is in the answer.
var examples = []struct {
	tool      string
	arguments args
	want      []string
}{
	{"datasets", nil, []string{`"name":"route_states"`, `"rows":3`, `"as_of":"2025-01-02"`, `"newest_sha256":"`}},
	{"describe", args{"dataset": "route_states"}, []string{`"name":"verdict"`, `"as_of":"2025-01-02"`, `"partition_count":1`, `route_states/v`}},
	{"sql", args{"query": "SELECT prefix, 9007199254740993 AS n FROM route_states ORDER BY prefix", "limit": 2},
		[]string{`"rows":[["192.0.2.0/24",9007199254740993],["198.51.100.0/24",9007199254740993]]`, `"rows_left":1`, `"partition_count":1`, `"as_of":"2025-01-02"`, `"sha256":"`}},
	{"sql", args{"query": "SELECT 1 AS one WHERE false"}, []string{`"rows":[]`, `"rows_left":0`, `"partitions":[]`}},
	{"sql", args{"query": "SELECT name FROM as_names"}, []string{`EXAMPLE ` + "\ufffd" + `[31mred ` + "\ufffd" + `name`}},
	{"sql", args{"query": "SELECT [1, 2] AS list, {'a': 1} AS struct, 'nan'::DOUBLE AS n, NULL AS nothing"}, []string{`"rows":[[[1,2],{"a":1},"nan",null]]`}},
	{"sql", args{"query": "DESCRIBE routes"}, []string{`"origin_asn"`}},
	{"prefix", args{"prefix": "192.0.2.1"}, []string{`"asked":"192.0.2.1/32"`, `"announced":true`, `"as_of":"2025-01-02"`}},
	{"as", args{"asn": 64496, "limit": 1}, []string{`"ipv4_prefixes":2`, `"routes_left":1`, `EXAMPLE ` + "\ufffd" + `[31mred`, `as_names/v`}},
	{"rfc", args{"number": 10}, []string{`"number":10,`, `Documentation conventions`, `"as_of":"2025-01-02"`, `rfcs/v`}},
	{"probe", args{"domain": "Example.NET."}, []string{`"class":"broken"`, `"place":"home"`, `"remedies":null`, `domain_readiness/v`}},
	{"report", args{"year": 2024}, []string{`"year":2024`, `"sections":[{`, `table_stats/v`}},
}

// TestTools: every tool answers, with the schema that it states, and nothing in the answer steers a terminal.
func TestTools(t *testing.T) {
	session := connected(t, Folder{filled(t)}, time.Minute)
	listed, err := session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	schemas := map[string]*jsonschema.Resolved{}
	for _, tool := range listed.Tools {
		content, err := json.Marshal(tool.OutputSchema)
		if err != nil {
			t.Fatal(err)
		}
		var schema jsonschema.Schema
		if err := json.Unmarshal(content, &schema); err != nil {
			t.Fatal(err)
		}
		if schemas[tool.Name], err = schema.Resolve(nil); err != nil {
			t.Fatal(err)
		}
		if a := tool.Annotations; a == nil || !a.ReadOnlyHint || a.OpenWorldHint == nil || *a.OpenWorldHint {
			t.Errorf("%s does not say that it only reads what is here", tool.Name)
		}
	}
	asked := map[string]bool{}
	for _, x := range examples {
		asked[x.tool] = true
		text, failed := call(t, session, x.tool, x.arguments)
		for _, want := range x.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s %v: %s\nwant %s", x.tool, x.arguments, text, want)
			}
		}
		var answer any
		if err := json.Unmarshal([]byte(text), &answer); err != nil || failed {
			t.Errorf("%s: %v, %s", x.tool, err, text)
			continue
		}
		if schema := schemas[x.tool]; schema == nil {
			t.Errorf("%s is not listed", x.tool)
		} else if err := schema.Validate(answer); err != nil {
			t.Errorf("%s: the answer has not the schema that is stated: %v", x.tool, err)
		}
	}
	for name := range schemas {
		if !asked[name] {
			t.Errorf("%s is not tested", name)
		}
	}
}

// TestRefused: what a tool does not do is an error of the tool that says what would be right.
func TestRefused(t *testing.T) {
	session := connected(t, Folder{filled(t)}, time.Minute)
	for _, x := range []struct {
		tool      string
		arguments args
		want      string
	}{
		{"sql", args{"query": "COPY (SELECT 1) TO '/tmp/x'"}, "refused"},
		{"sql", args{"query": "SELECT * FROM read_csv('/etc/passwd')"}, "refused"},
		{"sql", args{"query": "SELECT * FROM read_parquet('/etc/passwd')"}, "disabled"},
		{"sql", args{"query": "SELECT * FROM read_parquet('https://192.0.2.1/x.parquet')"}, "disabled"},
		{"sql", args{"query": "SELECT 1; SELECT 2"}, "refused"},
		{"sql", args{"query": "ATTACH '/tmp/x.db'"}, "refused"},
		{"sql", args{"query": "SET memory_limit = '100GB'"}, "refused"},
		{"sql", args{"query": "SELECT * FROM route"}, "does not exist"},
		{"sql", args{"query": "SELECT repeat('x', 3000000) AS long"}, "select fewer columns"},
		{"sql", args{"query": strings.Repeat(" ", maxQuery) + "SELECT 1"}, "want at most"},
		{"sql", args{"query": "SELECT 1", "limit": -1}, "want 1 to 5000"},
		{"sql", args{"query": "SELECT 1", "file": "/etc/passwd"}, "file"},
		{"sql", nil, "query"},
		{"describe", args{"dataset": "route"}, `"routes"`},
		{"describe", args{"dataset": "../\x1b[2J"}, "no dataset is called"},
		{"prefix", args{"prefix": "192.0.2.0/33'; DROP"}, "neither a prefix nor an address"},
		{"prefix", args{"prefix": "192.0.2.0/24", "at": "yesterday"}, "invalid time"},
		{"prefix", args{"prefix": "192.0.2.0/24", "at": "1999-01-01"}, "no dump"},
		{"as", args{"asn": "64496"}, "asn"},
		{"as", args{"asn": 1 << 40}, "asn"},
		{"rfc", args{"number": 10, "as_of": "1970-01-01"}, "no snapshot"},
		{"probe", args{"domain": "a b"}, "invalid domain"},
		{"probe", args{"domain": "example.com"}, "no stored probe"},
		{"report", args{"year": 1900}, "there are reports of 2024"},
		{"report", args{"year": 2024, "section": "x"}, "no section"},
	} {
		text, failed := call(t, session, x.tool, x.arguments)
		if !failed || !strings.Contains(text, x.want) || strings.Contains(text, "\x1b") {
			t.Errorf("%s %.80v: %.300q, want an error with %q", x.tool, x.arguments, text, x.want)
		}
	}
	if _, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "write"}); err == nil {
		t.Error("an unknown tool was called")
	}
}

// TestEmpty: without data the tools say so.
func TestEmpty(t *testing.T) {
	session := connected(t, Folder{tables.Store(t)}, time.Minute)
	for tool, x := range map[string]struct {
		arguments args
		want      string
		failed    bool
	}{
		"datasets": {nil, `"datasets":[]`, false},
		"describe": {args{"dataset": "routes"}, `"partition_count":0`, false},
		"sql":      {args{"query": "SELECT count(*) AS n FROM routes"}, `"rows":[[0]]`, false},
		"prefix":   {args{"prefix": "192.0.2.0/24"}, "no dump", true},
		"as":       {args{"asn": 64496}, "no dump", true},
		"rfc":      {args{"number": 10}, "no snapshot", true},
		"probe":    {args{"domain": "example.net"}, "no stored probe", true},
		"report":   {args{"year": 2024}, "there are no data", true},
	} {
		if text, failed := call(t, session, tool, x.arguments); failed != x.failed || !strings.Contains(text, x.want) || strings.Contains(text, "0001-01-01") {
			t.Errorf("%s: %t %s, want %t %s", tool, failed, text, x.failed, x.want)
		}
	}
}

const endless = "SELECT sum(hash(a.range + b.range)) AS n FROM range(10000000) a, range(10000000) b"

// TestTimeIsBounded: a query that does not end is stopped, and the next one is answered.
func TestTimeIsBounded(t *testing.T) {
	session := connected(t, Folder{tables.Store(t)}, 2*time.Second)
	if text, failed := call(t, session, "sql", args{"query": endless}); !failed || !strings.Contains(text, "took more than 2s") {
		t.Errorf("%t %s", failed, text)
	}
	if text, failed := call(t, session, "datasets", nil); failed {
		t.Error(text)
	}
}

// TestCancel: a call whose client gives up ends, and the next one is answered.
func TestCancel(t *testing.T) {
	session := connected(t, Folder{tables.Store(t)}, time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "sql", Arguments: args{"query": endless}}); err == nil {
		t.Fatal("an endless query was answered")
	}
	if text, failed := call(t, session, "datasets", nil); failed {
		t.Error(text)
	}
}

// TestDictionaries: each dataset has its dictionary as a resource.
func TestDictionaries(t *testing.T) {
	session := connected(t, Folder{tables.Store(t)}, time.Minute)
	read, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "tidemark:///datasets/roas"})
	if err != nil || !strings.Contains(read.Contents[0].Text, `"max_length"`) {
		t.Errorf("%v %v", read, err)
	}
	if _, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "tidemark:///datasets/../../etc/passwd"}); err == nil {
		t.Error("a resource that does not exist was read")
	}
}

func TestLegibleJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":"b\\","c":"\""}`:                   `{"a":"b\\","c":"\""}`,
		`{"\u001b[0m":["x\u001b[2J\\\u0007",1]}`: `{"` + "\ufffd" + `[0m":["x` + "\ufffd" + `[2J\\` + "\ufffd" + `",1]}`,
		"[\"\u009b31m\u202e\"]":                  "[\"\ufffd31m\ufffd\"]",
		`["two\nlines\t"]`:                       `["two\nlines\t"]`,
	} {
		if got := string(legibleJSON([]byte(in))); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}
