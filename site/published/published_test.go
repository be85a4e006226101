package published

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/fetch"
)

// TestHostilePackages: what a Data Package says of its partitions is believed within bounds only, and nothing is fetched beyond them.
func TestHostilePackages(t *testing.T) {
	schema := datasets.ROAs.Schema
	sum := strings.Repeat("a", 64)
	good := fmt.Sprintf("v%d/year=2025/month=01/day=02/x.parquet", schema.Version)
	for what, x := range map[string]struct {
		partition string
		problem   string
	}{
		"too large":          {fmt.Sprintf(`{"path": %q, "bytes": %d, "sha256": %q, "rowCount": 1}`, good, int64(1)<<62, sum), "ask about fewer datasets"},
		"without a size":     {fmt.Sprintf(`{"path": %q, "bytes": 0, "sha256": %q, "rowCount": 1}`, good, sum), "lacks size or SHA-256"},
		"a path for a sum":   {fmt.Sprintf(`{"path": %q, "bytes": 1, "sha256": %q, "rowCount": 1}`, good, "../../"+sum[6:]), "lacks size or SHA-256"},
		"out of the folder":  {fmt.Sprintf(`{"path": %q, "bytes": 1, "sha256": %q, "rowCount": 1}`, "../../"+good, sum), "is not a partition of roas"},
		"of another release": {fmt.Sprintf(`{"path": %q, "bytes": 1, "sha256": %q, "rowCount": 1}`, "v99/year=2025/month=01/day=02/x.parquet", sum), "another release"},
		"not there":          {fmt.Sprintf(`{"path": %q, "bytes": 1, "sha256": %q, "rowCount": 1}`, good, sum), "404"},
	} {
		t.Run(what, func(t *testing.T) {
			content := `{"partitions": [` + x.partition + `]}`
			packageSum := sha256.Sum256([]byte(content))
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/below/datapackage.json":
					fmt.Fprintf(w, `{"name": "tidemark", "resources": [{"name": "dataset-roas", "path": "data/datasets/roas/datapackage.json", "hash": "sha256:%s"}]}`, hex.EncodeToString(packageSum[:]))
				case "/below/data/datasets/roas/datapackage.json":
					fmt.Fprint(w, content)
				default:
					http.NotFound(w, r)
				}
			}))
			defer server.Close()
			client := fetch.New(fetch.Options{UserAgent: "test", Attempts: 1})
			defer client.Close()
			dir := t.TempDir()
			site, err := New(client, server.URL+"/below/index.html", dir)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := site.Open(t.Context(), []*table.Schema{schema}); err == nil || !strings.Contains(err.Error(), x.problem) {
				t.Errorf("%v, want an error with %q", err, x.problem)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("%v is left in the folder, %v", left, err)
			}
			if all, left, err := site.Partitions(t.Context(), datasets.Routes.Schema); err != nil || len(all) > 0 || left > 0 {
				t.Errorf("a dataset of which nothing is published has %d partitions, %d left out, %v", len(all), left, err)
			}
		})
	}
}

func TestPasswordIsHidden(t *testing.T) {
	site, err := New(fetch.New(fetch.Options{}), "https://user:secret@example.net/x", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if got := site.String(); got != "https://user:xxxxx@example.net/x/" {
		t.Error(got)
	}
}
