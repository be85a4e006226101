package dump_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/mrt/dump"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/inflated"
)

// TestSnapshot holds the table at a time to a twin that applies bgpdump's lines one by one to a map of strings. The
// update files are years behind the tables; what counts is that sessions open and close and routes come, change and go.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files []string
		at    []int64
	}{
		{"a table and updates of the same peers", []string{"mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2",
			"mrt/libbgpstream/routeviews.route-views.jinx.updates.1427846400.bz2"}, []int64{1401487200, 1427846700, 1427847300}},
		{"sessions that close", []string{"mrt/bgpdump/test_data/bview.20020722.2337.gz", "mrt/bgpdump/test_data/updates.20071015.1505.gz",
			"mrt/bgp-rs/updates.20190101.0000.gz"}, []int64{1546300850, 1546301000, 1546301400}},
	} {
		for _, at := range c.at {
			t.Run(fmt.Sprintf("%s at %d", c.name, at), func(t *testing.T) {
				t.Parallel()
				s := dump.NewSnapshot(time.Unix(at, 0), &dump.Filter{})
				for i, name := range c.files {
					load := s.LoadTables
					if i > 0 {
						load = s.LoadUpdates
					}
					if err := load(t.Context(), inflated.Open(t, testkit.Data(t, name)), name, func(err error) { t.Log(err) }); err != nil {
						t.Fatal(err)
					}
				}
				s.Finish(func(err error) { t.Log(err) })
				var written bytes.Buffer
				if _, err := s.WriteTo(&written); err != nil {
					t.Fatal(err)
				}
				text, wrong := showFrom(t, &written, &dump.Options{Format: dump.Machine, LargeCommunities: true})
				if len(wrong) > 0 {
					t.Error(wrong)
				}
				var got []string
				for line := range strings.Lines(text) {
					f := strings.SplitN(strings.TrimSuffix(line, "\n"), "|", 6)
					if f[1] != strconv.FormatInt(at, 10) {
						t.Fatalf("%s: not of the time", line)
					}
					got = append(got, strings.Join(f[3:], "|"))
				}
				want := snapshotTwin(t, c.files, at)
				slices.Sort(got)
				if len(want) == 0 {
					t.Error("an empty table proves little")
				}
				if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
					t.Error(firstDifference(a, b))
				}
			})
		}
	}
}

// snapshotTwin gives the lines of the table from the peer's address on, sorted.
func snapshotTwin(t *testing.T, files []string, at int64) []string {
	table := map[string]map[string]string{} // of sessions, of prefixes
	for i, name := range files {
		text, _ := show(t, name, &dump.Options{Format: dump.Machine, LargeCommunities: true})
		for line := range strings.Lines(text) {
			f := strings.Split(strings.TrimSuffix(line, "\n"), "|")
			seconds, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 && seconds > float64(at) {
				continue
			}
			session := f[3] + "|" + f[4]
			if table[session] == nil {
				table[session] = map[string]string{}
			}
			switch f[2] {
			case "STATE":
				if f[6] != "6" {
					delete(table, session)
				}
			case "W":
				delete(table[session], f[5])
			default:
				table[session][f[5]] = strings.Join(f[6:], "|")
			}
		}
	}
	var lines []string
	for session, routes := range table {
		for prefix, attributes := range routes {
			lines = append(lines, session+"|"+prefix+"|"+attributes)
		}
	}
	slices.Sort(lines)
	return lines
}
