package site

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/site/format"
)

// onDay is the fixture with data of one more day, on which an answer has a row of its own.
func onDay(at time.Time) Input {
	in := fixture()
	of := datasets.Routes.Schema
	in.Partitions[of.Name] = append(in.Partitions[of.Name], manifest(of, at, "rrc00."+format.Day(at), 1, raw("mrt/rrc00/"+format.Day(at)+"/x", "", 1)))
	in.Answers[0].Standing.AsOf = format.Day(at)
	growth := in.Answers[0].Result
	growth.Rows = append(growth.Rows, []any{at, int64(4), "rrc00", int64(1_000_000 + at.YearDay()), 0.5})
	return in
}

// TestDatedVersions: the version of a day follows its data until there are data of a later day, then stays as it is; the
// oldest are removed.
func TestDatedVersions(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "site")
	two := 2
	in := func(at time.Time) Input {
		in := onDay(at)
		in.Publish.Versions = &two
		return in
	}
	dated := func(files map[string]string) (days []string) {
		for name := range files {
			if m := datedPath.FindStringSubmatch(name); m != nil && !slices.Contains(days, m[1]) {
				days = append(days, m[1])
			}
		}
		slices.Sort(days)
		return days
	}
	first := date(2026, 12, 1)
	_, before := render(t, in(first), dir)
	newest := before["data/2026-12-01/table-growth.csv"]
	if newest != before["data/latest/table-growth.csv"] {
		t.Errorf("the version of the newest day is not the newest answer: %.200q", newest)
	}
	if !strings.Contains(newest, "1000335") {
		t.Errorf("the version of the newest day lacks its newest row: %.200q", newest)
	}
	amended := in(first)
	amended.Answers[0].Result.Rows = amended.Answers[0].Result.Rows[1:]
	_, before = render(t, amended, dir)
	if before["data/2026-12-01/table-growth.csv"] != before["data/latest/table-growth.csv"] {
		t.Error("the version of the newest day does not follow its data")
	}
	_, next := render(t, in(date(2026, 12, 2)), dir)
	for _, ending := range []string{"csv", "parquet", "arrow"} {
		name := "data/2026-12-01/table-growth." + ending
		if next[name] == "" {
			t.Errorf("%s is missing after a later day", name)
		}
		if next[name] != before[name] {
			t.Errorf("%s changed after a later day", name)
		}
	}
	if !strings.Contains(next["q/table-growth/index.html"], `href="../../data/2026-12-01/table-growth.csv"`) {
		t.Error("the page does not lead to the version before")
	}
	_, last := render(t, in(date(2026, 12, 3)), dir)
	if got := strings.Join(dated(last), " "); got != "2026-12-01 2026-12-02 2026-12-03" {
		t.Errorf("with two older versions there are %s", got)
	}
	_, last = render(t, in(date(2026, 12, 4)), dir)
	if got := strings.Join(dated(last), " "); got != "2026-12-02 2026-12-03 2026-12-04" {
		t.Errorf("a day later there are %s", got)
	}
	none := 0
	without := in(date(2026, 12, 5))
	without.Publish.Versions = &none
	_, last = render(t, without, dir)
	if got := strings.Join(dated(last), " "); got != "2026-12-05" {
		t.Errorf("without older versions there are %s", got)
	}
}
