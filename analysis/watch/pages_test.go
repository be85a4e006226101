package watch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/watch"
	"tidemark/internal/cli"
	"tidemark/internal/testkit/program"
)

// TestIncidentsOfRule: the newest alerts about routes have a page of their own, whatever other rules find, and the others that of the prefix.
func TestIncidentsOfRule(t *testing.T) {
	w := newWorld(t)
	var foreign []string
	for i := range watch.MaxIncidents + 3 {
		foreign = append(foreign, fmt.Sprintf("193.0.%d.0/24 64511 5", i))
	}
	w.dump(at(0), "193.0.0.0/16 3333 10")
	w.dump(at(8), append(foreign, "193.0.0.0/16 3333 10")...)
	w.derive()
	rules := []watch.Rule{{Name: "ours", Prefixes: []string{"193.0.0.0/16"}, Kinds: []string{"more-specific"}}, {Name: "again", Prefixes: []string{"193.0.0.0/16"}, Kinds: []string{"more-specific"}}}
	for i := range rules {
		if err := rules[i].Check(); err != nil {
			t.Fatal(err)
		}
	}
	found, err := watch.Find(t.Context(), w.store, rules)
	if err != nil {
		t.Fatal(err)
	}
	pages, others := map[string]int{}, map[string]int{}
	for _, a := range found.Alerts {
		if a.Prefix != "193.0.0.0/16" {
			t.Errorf("%s has the time line of %q", a.Subject, a.Prefix)
		}
		if a.IsIncident() {
			pages[a.Watch]++
		} else {
			others[a.Page]++
		}
	}
	if len(pages) != 2 || pages["ours"] != watch.MaxIncidents || pages["again"] != watch.MaxIncidents || others["networks/193.0.0.0_16.html"] != 6 {
		t.Errorf("incidents %v, others %v", pages, others)
	}
}

// TestIncidentAddress: the page of an alert keeps its address when an older dump moves its beginning, and when the same begins again, which
// has that address from then on.
func TestIncidentAddress(t *testing.T) {
	w := newWorld(t)
	rules := []watch.Rule{{Name: "ours", Prefixes: []string{"193.0.0.0/21"}, Origins: []uint32{3333}, Kinds: []string{"origin-violates-rule"}}}
	if err := rules[0].Check(); err != nil {
		t.Fatal(err)
	}
	pages := func() (all []string) {
		t.Helper()
		w.derive()
		found, err := watch.Find(t.Context(), w.store, rules)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range found.Alerts {
			all = append(all, a.ID, a.Page)
		}
		return all
	}
	ours, hijack := "193.0.0.0/21 3333 10", []string{"193.0.0.0/21 3333 6", "193.0.0.0/21 30122 4"}
	w.dump(at(0), ours)
	w.dump(at(16), hijack...)
	first := pages()
	w.dump(at(8), hijack...)
	moved := pages()
	if len(first) != 2 || len(moved) != 2 || moved[0] == first[0] || moved[1] != first[1] {
		t.Errorf("with an older dump %q is %q", first, moved)
	}
	w.dump(at(24), ours)
	w.dump(at(32), hijack...)
	again := pages()
	earlier := strings.TrimSuffix(first[1], ".html") + "-" + at(8).Format("20060102T150405Z") + ".html"
	if want := []string{moved[0], earlier, again[2], first[1]}; !slices.Equal(again, want) {
		t.Errorf("a second time gives %q, want %q", again, want)
	}
}

func TestWindow(t *testing.T) {
	day := func(n int) *time.Time {
		at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n)
		return &at
	}
	for i, test := range []struct {
		alert        watch.Alert
		since, until *time.Time
	}{
		{watch.Alert{NotBefore: day(4), SeenFrom: *day(5), LastSeen: *day(6), GoneBy: day(7)}, day(3), day(8)},
		{watch.Alert{SeenFrom: *day(5), LastSeen: *day(6)}, day(4), day(7)},
		{watch.Alert{NotBefore: day(-360), SeenFrom: *day(5), LastSeen: *day(365)}, day(4), day(36)},
	} {
		if since, until := test.alert.Window(); !since.Equal(*test.since) || !until.Equal(*test.until) {
			t.Errorf("%d: from %s until %s", i, since, until)
		}
	}
}

// TestTimeLineUsage: flags that contradict each other are refused, with what would be right.
func TestTimeLineUsage(t *testing.T) {
	for _, test := range []struct{ flags, want string }{
		{"--until 2020-01-01", "--until needs --since"}, {"--paths", "--paths, --csv and --limit are about the time from --since on"},
		{"--since 2020-01-02 --until 2020-01-01", "--until 2020-01-01 is not after --since 2020-01-02"}, {"--since 2020-01-01 --json --csv", "--json and --csv exclude each other"},
		{"--since 2020-01-01 --at 2020-01-01", "--at and --origin are about the dumps of one time"}, {"--since yesterday", "--since: "},
	} {
		args := append([]string{"prefix", "193.0.0.0/21", "--data", t.TempDir()}, strings.Fields(test.flags)...)
		if _, errs, code := program.Run(t, cli.Main, args...); code == 0 || !strings.Contains(errs, test.want) {
			t.Errorf("%s: %d, %s", test.flags, code, errs)
		}
	}
}
