package tidemark_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// importTable reads the table of ARCHITECTURE.md: for each package what it may import of Tidemark.
func importTable(t *testing.T) map[string][]string {
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string][]string{}
	row := regexp.MustCompile("(?m)^\\| `([a-z0-9/.]+)` \\|[^|]*\\|([^|]*)\\|$")
	name := regexp.MustCompile("`([^`]+)`")
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		names := []string{}
		for _, n := range name.FindAllStringSubmatch(m[2], -1) {
			names = append(names, n[1])
		}
		allowed[m[1]] = names
	}
	if len(allowed) < 10 {
		t.Fatalf("only %d rows of the import table were read", len(allowed))
	}
	return allowed
}

// only names the packages that alone may import a module or a standard package.
var only = map[string][]string{
	"github.com/apache/arrow/":        {"datasets/table"},
	"github.com/duckdb/":              {"analysis/engine"},
	"github.com/go-echarts/":          {"site/chart"},
	"github.com/xo/echartsgoja":       {"site/chart"},
	"golang.org/x/image/":             {"site/raster"},
	"github.com/osrg/gobgp/":          {"collectors/bgp/gobgp", "collectors/rislive", "internal/lab/sample", "internal/lab/replica", "internal/bench/mrt", "internal/lab/mrtwriter", "internal/testkit/families"},
	"github.com/miekg/dns":            {"collectors/ipv6", "internal/bench/dns", "collectors/ipv6/delegation", "collectors/ipv6/vantage", "internal/lab/sample"},
	"github.com/quic-go/":             {"collectors/ipv6"},
	"github.com/gocolly/colly/":       {"collectors/listing"},
	"github.com/temoto/robotstxt":     {"internal/fetch"},
	"net/http":                        {"datasets/mirror/bucket", "internal/fetch", "collectors/ipv6", "internal/lab/sample", "internal/lab/replica", "site/preview", "pipeline/alert/sink", "collectors/rislive"},
	"github.com/alecthomas/kong":      {"internal/cli", "internal/cli/man", "internal/cli/complete"},
	"github.com/pelletier/go-toml/":   {"internal/config"},
	"github.com/minio/":               {"datasets/mirror/bucket"},
	"github.com/schollz/progressbar/": {"internal/cli"},
	"github.com/twmb/avro":            {"datasets/iceberg"},
	"tidemark/internal/testkit":       {"internal/testkit/firefox", "internal/testkit/kafka", "internal/testkit/s3"}, // otherwise tests only
	"github.com/klauspost/compress/":  {"internal/cachefile", "internal/compression", "internal/lab/sample", "internal/lab/replica", "internal/bench/mrt", "datasets/table", "collectors/archive", "site/raster"},

	"github.com/coder/websocket":       {"collectors/rislive"},
	"github.com/modelcontextprotocol/": {"internal/assistant"},
	"github.com/google/jsonschema-go/": {"internal/assistant"},
}

// TestImports holds the import table of ARCHITECTURE.md. It reads the source files itself: a test that asked the go
// command would be answered from the test cache and pass over a violation.
func TestImports(t *testing.T) {
	allowed := importTable(t)
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != "." && (strings.HasPrefix(name, ".") || name == "data" || name == "build" || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		pkg := filepath.ToSlash(filepath.Dir(path))
		if pkg == "." {
			pkg = "tidemark"
		}
		may, listed := allowed[pkg]
		if !listed {
			t.Errorf("%s: package %s is not in the table of ARCHITECTURE.md", path, pkg)
			return nil
		}
		seen[pkg] = true
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			for prefix, who := range only {
				if strings.HasPrefix(imported, prefix) && !slices.Contains(who, pkg) {
					t.Errorf("%s imports %s, which only %v may", path, imported, who)
				}
			}
			if own, is := strings.CutPrefix(imported, "tidemark/"); (is || imported == "tidemark") && !slices.Contains(may, own) && !slices.Contains(may, "all") {
				t.Errorf("%s imports %s; the table allows %v", path, own, may)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range allowed {
		if !seen[pkg] && pkg != "notebooks" {
			t.Errorf("ARCHITECTURE.md lists %s, which has no Go file", pkg)
		}
	}
}

// TestTopLevel keeps the top level as it is.
func TestTopLevel(t *testing.T) {
	folders := []string{".ci", "build", ".git", ".venv", "analysis", "cmd", "collectors", "datasets", "docs", "examples", "internal", "notebooks", "pipeline", "rfcwatch", "site", "data", "testdata"}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !slices.Contains(folders, e.Name()) {
			t.Errorf("the top level has a new folder %s", e.Name())
		}
	}
}
