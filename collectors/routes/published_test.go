package routes_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/internal/testkit"
)

// TestPublishedTableSizes compares the IPv4 tables of real dumps with the size that bgp.potaroo.net published for the nearest hour. The
// differences are those that docs/published.md names, to a hundredth of a percent.
func TestPublishedTableSizes(t *testing.T) {
	t.Parallel()
	sizes := publishedSizes(t)
	for _, c := range []struct {
		file                  string
		least, most, together float64 // differences from the published size in percent: of the full feeds, and of all peers
	}{
		{"mrt/bgpkit/ripe/rrc00/2000.01/bview.20000111.0032.gz", -2.41, -0.67, 4.75},
		{"mrt/bgpdump/test_data/bview.20020722.2337.gz", 0.23, 0.23, 0.23},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			store, manifests, err := decode(t, c.file, "test")
			if err != nil {
				t.Fatal(err)
			}
			least, most, together, at := math.Inf(1), 0.0, 0.0, time.Time{}
			for row, err := range datasets.TableStats.Scan(store.Path(manifests["table_stats"])) {
				if err != nil {
					t.Fatal(err)
				}
				if row.Metric != "prefixes" || row.Family != 4 {
					continue
				}
				if at = row.DumpTime; row.VantageAddress == "" {
					together = row.Value
				} else {
					least, most = min(least, row.Value), max(most, row.Value)
				}
			}
			published := nearest(sizes, at)
			for _, v := range []struct {
				of          string
				value, want float64
			}{{"smallest full feed", least, c.least}, {"largest full feed", most, c.most}, {"all peers together", together, c.together}} {
				if got := 100 * (v.value/published.value - 1); math.Abs(got-v.want) > 0.01 {
					t.Errorf("%s: %.0f prefixes, %.2f %% from the published %.0f of %s, want %.2f %%", v.of, v.value, got, published.value, published.at.Format(time.DateTime), v.want)
				}
			}
		})
	}
}

type publishedSize struct {
	at    time.Time
	value float64
}

// publishedSizes reads lines of a Unix time and a number of prefixes.
func publishedSizes(t *testing.T) (all []publishedSize) {
	t.Helper()
	f, err := os.Open(testkit.Data(t, "published/potaroo-bgp-active.txt.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(r); lines.Scan(); {
		var unix int64
		var p publishedSize
		if _, err := fmt.Sscan(lines.Text(), &unix, &p.value); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		p.at = time.Unix(unix, 0).UTC()
		all = append(all, p)
	}
	return all
}

func nearest(sizes []publishedSize, at time.Time) publishedSize {
	best := sizes[0]
	for _, p := range sizes {
		if p.at.Sub(at).Abs() < best.at.Sub(at).Abs() {
			best = p
		}
	}
	return best
}
