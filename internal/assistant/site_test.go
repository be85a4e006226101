package assistant

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/seed"
	"tidemark/datasets/table"
	"tidemark/internal/fetch"
)

// publish writes what a site publishes of a store to a folder.
func publish(t *testing.T, store *table.Store, left int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write := func(path string, content []byte) {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var index seed.Index
	for _, schema := range datasets.All() {
		partitions, err := store.Manifests(schema)
		if err != nil {
			t.Fatal(err)
		}
		if len(partitions) == 0 {
			continue
		}
		for _, m := range partitions {
			content, err := os.ReadFile(store.Path(m).String())
			if err != nil {
				t.Fatal(err)
			}
			write(seed.Folder+m.File, content)
		}
		lines, err := seed.Manifests(partitions, func(string) string { return "" })
		if err != nil {
			t.Fatal(err)
		}
		write(seed.ManifestsPath(schema.Name), lines)
		sum := sha256.Sum256(lines)
		index.Datasets = append(index.Datasets, seed.Dataset{Name: schema.Name, Schema: schema.Version, Partitions: len(partitions), Left: left,
			Manifests: seed.File{Bytes: int64(len(lines)), SHA256: hex.EncodeToString(sum[:])}})
	}
	content, err := index.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	write(seed.IndexPath, content)
	return dir
}

// served returns the site in a folder as a source.
func served(t *testing.T, dir string) *seed.Remote {
	t.Helper()
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	client := fetch.New(fetch.Options{UserAgent: "test", Attempts: 1})
	t.Cleanup(client.Close)
	site, err := seed.NewRemote(client, server.URL, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// TestSite: over a site the tools give what they give over the data folder, and say what the site leaves out.
func TestSite(t *testing.T) {
	session := connected(t, served(t, publish(t, filled(t), 7)), time.Minute)
	for _, x := range examples {
		text, failed := call(t, session, x.tool, x.arguments)
		if failed {
			t.Errorf("%s: %s", x.tool, text)
			continue
		}
		for _, want := range x.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s %v: %s\nwant %s", x.tool, x.arguments, text, want)
			}
		}
		if !strings.Contains(text, `"http://127.0.0.1:`) {
			t.Errorf("%s does not name the site", x.tool)
		}
	}
	if text, _ := call(t, session, "sql", args{"query": "SELECT 1 FROM roas, route_states"}); !strings.Contains(text, `"unpublished":{"route_states":7}`) {
		t.Errorf("what is not published is not said: %s", text)
	}
}

// TestTampered: a file that is not the one that the site describes is refused.
func TestTampered(t *testing.T) {
	store := filled(t)
	states, err := store.Manifests(datasets.RouteStates.Schema)
	if err != nil {
		t.Fatal(err)
	}
	names, err := store.Manifests(datasets.ASNames.Schema)
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(store.Path(names[0]).String())
	if err != nil {
		t.Fatal(err)
	}
	query := args{"query": "SELECT count(*) AS n FROM route_states"}
	for what, x := range map[string]struct {
		path    string
		tamper  func([]byte) []byte
		problem string
	}{
		"a changed octet":     {seed.Folder + states[0].File, func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, "but the site says"},
		"another file":        {seed.Folder + states[0].File, func([]byte) []byte { return other }, ""},
		"a longer file":       {seed.Folder + states[0].File, func(b []byte) []byte { return append(b, 0) }, "maximum"},
		"changed manifests":   {seed.ManifestsPath("route_states"), func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, "but the site says"},
		"another site":        {seed.IndexPath, func([]byte) []byte { return []byte(`{"name": "other"}`) }, "version 0"},
		"a page for an index": {seed.IndexPath, func([]byte) []byte { return []byte("<html>") }, "not an index"},
	} {
		t.Run(what, func(t *testing.T) {
			dir := publish(t, store, 0)
			path := filepath.Join(dir, filepath.FromSlash(x.path))
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, x.tamper(slices.Clone(content)), 0o644); err != nil {
				t.Fatal(err)
			}
			session := connected(t, served(t, dir), time.Minute)
			if text, failed := call(t, session, "sql", query); !failed || !strings.Contains(text, x.problem) {
				t.Errorf("%t %s, want an error with %q", failed, text, x.problem)
			}
			if err := os.WriteFile(path, content, 0o644); err != nil { // the site is whole again
				t.Fatal(err)
			}
			if x.path == seed.IndexPath {
				return
			}
			if text, failed := call(t, session, "sql", query); failed {
				t.Errorf("after the file was put right: %s", text)
			}
		})
	}
}
