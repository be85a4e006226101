package analysis

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// life is a store whose days come, come late, are corrected and go. What it has of a day follows from the day, and from how often it was made.
type life struct {
	*testing.T
	store *table.Store
	made  map[string]int // by day and collector
}

var lifeBegin = time.Date(2024, 12, 1, 0, 0, 0, 0, time.UTC)

// dump commits the tables of a collector of a day.
func (l *life) dump(collector string, day int) {
	l.Helper()
	name := fmt.Sprint(collector, day)
	l.made[name]++
	random := rand.New(rand.NewPCG(uint64(day), uint64(l.made[name])<<8|uint64(collector[0])))
	date := lifeBegin.AddDate(0, 0, day)
	at := date.Add(time.Duration(8*random.IntN(2)) * time.Hour)
	key := table.Key{Day: date, Name: collector}
	var stats []datasets.TableStat
	var routes []datasets.Route
	var aggregations []datasets.Aggregation
	var states []datasets.ASPAStat
	var judged []datasets.StateStat
	for _, family := range []uint32{4, 6} {
		if family == 6 && random.IntN(4) == 0 {
			continue // a day without the family
		}
		row := datasets.TableStat{Collector: collector, DumpTime: at, Source: "rib", Family: family}
		for v := range 1 + random.IntN(6) {
			if row.VantageAddress, row.VantageASN = "", 0; v > 0 {
				row.VantageASN = uint32(v + random.IntN(3))
				row.VantageAddress = fmt.Sprint("192.0.2.", row.VantageASN)
			}
			for _, m := range datasets.Metrics {
				for _, row.Key = range map[string][]string{"left_out": {"default-route", "too-long"}, "prefixes_by_length": {"8", "24"}, "attribute_entries": {"as-set", "blackhole", "otc"}, "attribute_prefixes": {"as-set", "blackhole", "otc"}}[m.Name] {
					row.Metric, row.Value = m.Name, float64(100+random.IntN(100))
					stats = append(stats, row)
				}
				if row.Key == "" {
					row.Metric, row.Value = m.Name, float64(100+random.IntN(100))
					stats = append(stats, row)
				}
				row.Key = ""
			}
			aggregations = append(aggregations, datasets.Aggregation{Collector: collector, DumpTime: at, Family: family, Vantage: row.VantageAddress, VantageASN: row.VantageASN, Announced: 90, Aggregated: int64(40 + random.IntN(40)), Reduction: 3})
			for n := range uint32(2) {
				aggregations = append(aggregations, datasets.Aggregation{Collector: collector, DumpTime: at, Family: family, OriginASN: 1 + n, Announced: 9, Aggregated: 2, Reduction: int64(random.IntN(8))})
			}
			for _, state := range []string{"valid", "unknown", "invalid"} {
				if row.VantageAddress != "" {
					judged = append(judged, datasets.StateStat{Collector: collector, DumpTime: at, Family: family, VantageAddress: row.VantageAddress, VantageASN: row.VantageASN, Metric: "rov_state", Key: state, Routes: int64(1 + random.IntN(50))})
				}
				states = append(states, datasets.ASPAStat{Collector: collector, DumpTime: at, Family: family, VantageAddress: row.VantageAddress, VantageASN: row.VantageASN, Procedure: "downstream", State: state, Paths: int64(random.IntN(50))})
			}
		}
		routes = append(routes, datasets.Route{Collector: collector, DumpTime: at, Family: family, Prefix: fmt.Sprintf("2002:%x::/32", random.IntN(9)), PrefixLength: 32})
	}
	tables.Commit(l, l.store, datasets.TableStats, key, stats...)
	tables.Commit(l, l.store, datasets.Routes, key, routes...)
	tables.Commit(l, l.store, datasets.Aggregations, key, aggregations...)
	tables.Commit(l, l.store, datasets.ASPAStats, key, states...)
	tables.Commit(l, l.store, datasets.StateStats, key, judged...)
	tables.Commit(l, l.store, datasets.ASNames, key, datasets.ASName{FileDate: date, ASN: uint32(random.IntN(6)), Name: name})
	l.hours(collector, date, at, random)
}

// hours commits what is derived of the hour of a dump; each collector is alone in it, in place of what an earlier one made.
func (l *life) hours(collector string, date, at time.Time, random *rand.Rand) {
	l.Helper()
	key := table.Key{Day: date, Name: at.Format("150405")}
	var hours []datasets.RouteHour
	var counts []datasets.RouteCount
	var states []datasets.RouteState
	var inside []datasets.TranslationRoute
	var uses []datasets.AddressUse
	var links []datasets.ASLink
	var countries []datasets.CountryStat
	var witnesses []datasets.Witness
	var registrations []datasets.ASRegistration
	for _, family := range []uint32{4, 6} {
		hours = append(hours, datasets.RouteHour{Time: at, Family: family, Collectors: collector, Routes: 9, SpecialDate: "2024-11-01", ROADate: date.Format(time.DateOnly)})
		for _, state := range []string{"valid", "not-found", "unknown"} {
			for _, change := range []string{"", "new prefix", "unknown"} {
				for _, class := range []string{"none", "special-purpose", "unknown"} {
					counts = append(counts, datasets.RouteCount{Time: at, Family: family, BogonClass: class, Verdict: "global", ROVState: state, Because: "no file", Change: change, Routes: int64(random.IntN(30))})
				}
			}
		}
		for n := range 4 {
			states = append(states, datasets.RouteState{Time: at, Collectors: collector, Family: family, Prefix: fmt.Sprintf("2001:db8:%x::/48", n/2), PrefixLength: 48, OriginASN: uint32(1 + random.IntN(90)), MOAS: true,
				Verdict: "global", ROVState: "valid", NewlySeen: "yes", BogonClass: "special-purpose", ROADate: date.Format(time.DateOnly)})
		}
		inside = append(inside, datasets.TranslationRoute{Time: at, Block: map[uint32]string{4: "100.64.0.0/10", 6: "64:ff9b::/96"}[family], Family: family, Prefix: fmt.Sprintf("100.64.%d.0/24", random.IntN(9)), Verdict: "global"})
		for _, registry := range []string{"", "arin", "ripencc"} {
			uses = append(uses, datasets.AddressUse{Time: at, Family: family, Registry: registry, FileDate: date.Format(time.DateOnly), Delegated: 9, Announced: float64(random.IntN(9)), Unadvertised: 1})
		}
		witnesses = append(witnesses, datasets.Witness{Time: at, Family: family, Prefix: "10.0.0.0/8", OriginASN: 4, Why: "bogon", Collector: collector, PeerASN: uint32(random.IntN(6))})
		registrations = append(registrations, datasets.ASRegistration{Time: at, ASN: family, Registry: "arin", IPv4Prefixes: 3, IPv6Prefixes: int64(family % 4), IPv4Span: float64(1 + random.IntN(9))})
		for n := range 3 {
			links = append(links, datasets.ASLink{Time: at, Family: family, ASNA: uint32(n), ASNB: uint32(n + 1), Relation: []string{"provider", "peer", "unknown"}[random.IntN(3)], Vantages: 2, Of: 5})
			countries = append(countries, datasets.CountryStat{Time: at, Family: family, Registration: "as", Registry: "arin", Country: string(rune('A'+n)) + "A", FileDate: date.Format(time.DateOnly), RegistryFiles: 5, Routes: 40, ASes: 4, ValidRoutes: int64(random.IntN(40)), Span: 3})
		}
	}
	tables.Commit(l, l.store, datasets.RouteHours, key, hours...)
	tables.Commit(l, l.store, datasets.RouteCounts, key, counts...)
	tables.Commit(l, l.store, datasets.RouteStates, key, states...)
	tables.Commit(l, l.store, datasets.TranslationRoutes, key, inside...)
	tables.Commit(l, l.store, datasets.AddressUses, key, uses...)
	tables.Commit(l, l.store, datasets.ASLinks, key, links...)
	tables.Commit(l, l.store, datasets.CountryStats, key, countries...)
	tables.Commit(l, l.store, datasets.Witnesses, key, witnesses...)
	tables.Commit(l, l.store, datasets.ASRegistrations, key, registrations...)
	tables.Commit(l, l.store, datasets.ASPAs, table.Key{Day: date, Name: "aspas"}, datasets.ASPA{FileDate: date, Customer: uint32(1 + random.IntN(90)), Provider: uint32(random.IntN(5)), TrustAnchor: "arin"})
}

// remove removes all partitions of a day.
func (l *life) remove(day int) {
	l.Helper()
	for _, s := range datasets.All() {
		manifests, err := l.store.Manifests(s)
		if err != nil {
			l.Fatal(err)
		}
		for _, m := range manifests {
			if m.Day().Equal(lifeBegin.AddDate(0, 0, day)) {
				if err := l.store.Remove(m); err != nil {
					l.Fatal(err)
				}
			}
		}
	}
}

// continuedQuestions returns the questions that declare that they are continued.
func continuedQuestions() []*Question {
	return slices.DeleteFunc(Questions(), func(q *Question) bool { return q.Continued == nil })
}

// TestDeclaredContinuations: rows of continued answers are in an order in which newer ones have a place, and what they depend on is read.
func TestDeclaredContinuations(t *testing.T) {
	for _, q := range continuedQuestions() {
		q.order() // panics
		if c := q.Continued; !c.Newest && len(c.Each)+len(c.Whole) > 0 {
			t.Errorf("%s: rows that stay cannot depend on any day", q.Slug)
		}
		if compares := strings.Contains(q.SQL, "lag("); compares != (q.Continued.Compared != "") {
			t.Errorf("%s compares rows: %t, but declares what with: %t", q.Slug, compares, q.Continued.Compared != "")
		}
	}
}

// TestContinuedAnswersAreFullOnes: whatever days come, are corrected, come late or go, an answer that goes on from the stored one has the bytes of one that
// is asked anew. Each question goes on where only new days came, and none does where an old one changed.
func TestContinuedAnswersAreFullOnes(t *testing.T) {
	l := &life{t, tables.Store(t), map[string]int{}}
	for day := 20; day < 40; day++ {
		l.dump("a", day)
		if day%11 < 6 {
			l.dump("b", day)
		}
	}
	l.dump("d", 1) // a series of long ago
	dir, questions := t.TempDir(), continuedQuestions()
	all := len(questions)
	wentOn := map[string]bool{}
	for _, step := range []struct {
		what        string
		change      func()
		least, most int // how many questions go on
	}{
		{"the first", func() {}, 0, 0},
		{"a day more", func() { l.dump("a", 40) }, all - 3, all},
		{"a collector more of the newest day", func() { l.dump("b", 40) }, all - 3, all},
		{"the newest day corrected", func() { l.dump("a", 40) }, all - 3, all},
		{"a day of before corrected", func() { l.dump("a", 37) }, all - 3, all},
		{"a day late", func() { l.dump("c", 36) }, 1, all},
		{"two days more", func() { l.dump("a", 41); l.dump("b", 41); l.dump("a", 42) }, all - 3, all},
		{"a series again", func() { l.dump("d", 42); l.dump("d", 43) }, all - 3, all},
		{"an old day corrected", func() { l.dump("a", 20) }, 0, 0},
		{"a day more after that", func() { l.dump("a", 44) }, all - 3, all},
		{"the newest day gone", func() { l.remove(44) }, 0, all},
		{"an old day gone", func() { l.remove(30) }, 0, 0},
		{"a day after a pause", func() { l.dump("b", 60) }, all - 3, all},
		{"a day more after the pause", func() { l.dump("a", 61) }, 1, all},
		{"weeks more", func() {
			for day := 62; day < 75; day++ {
				l.dump("c", day)
			}
		}, all - 3, all},
	} {
		step.change()
		present, err := presentIn(l.store, dir, questions)
		if err != nil {
			t.Fatal(err)
		}
		due, err := dueQuestions(present, dir, questions)
		if err != nil {
			t.Fatal(err)
		}
		anew, err := goOn(t.Context(), l.store, newLineage(l.store.At), dir, due)
		if err != nil {
			t.Fatal(step.what, err)
		}
		n := len(due) - len(anew)
		for _, d := range due {
			if !slices.ContainsFunc(anew, func(a dueQuestion) bool { return a.question == d.question }) {
				wentOn[d.question.Slug] = true
			}
		}
		t.Logf("%s: %d of %d due questions go on", step.what, n, len(due))
		if n < step.least || n > step.most || len(due) < all-4 {
			t.Errorf("%s: %d of %d questions go on, want %d to %d", step.what, n, len(due), step.least, step.most)
		}
		full := t.TempDir()
		for _, into := range []string{dir, full} {
			if _, err := Run(t.Context(), l.store, into, questions, questions); err != nil {
				t.Fatal(step.what, into == full, err)
			}
		}
		for _, q := range questions {
			got, err := os.ReadFile(answerPath(dir, q))
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(answerPath(full, q))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("%s: the answer to %s is not that of a question asked anew%s", step.what, q.Slug, firstDifference(string(got), string(want)))
			} else if step.what == "the first" && strings.Contains(string(got), "\"rows\":[\n\n]") {
				t.Errorf("%s has no rows", q.Slug)
			}
		}
		if _, err := Load(dir, questions); err != nil {
			t.Errorf("%s: %v", step.what, err)
		}
	}
	for _, q := range questions {
		if !wentOn[q.Slug] {
			t.Errorf("%s never went on", q.Slug)
		}
	}
}

// TestDamagedRowsDoNotStay: a settled row that is not as it was written is no row to go on from.
func TestDamagedRowsDoNotStay(t *testing.T) {
	l := &life{t, tables.Store(t), map[string]int{}}
	for day := range 12 {
		l.dump("a", day)
	}
	dir, questions := t.TempDir(), []*Question{tableGrowth}
	run := func() []byte {
		t.Helper()
		if made, err := Run(t.Context(), l.store, dir, questions, questions); err != nil || len(made) != 1 {
			t.Fatal(made, err)
		}
		b, err := os.ReadFile(answerPath(dir, tableGrowth))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	whole := run()
	row := bytes.Index(whole, rowsBegin) + len(rowsBegin)
	at := row + bytes.IndexAny(whole[row:], "123456789")
	damaged := slices.Concat(whole[:at], []byte("0"), whole[at+1:])
	for _, b := range [][]byte{damaged, whole[:len(whole)-9], nil} {
		if err := os.WriteFile(answerPath(dir, tableGrowth), b, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir, questions); err == nil {
			t.Error("a damaged answer is believed")
		}
		if again := run(); !bytes.Equal(again, whole) {
			t.Error("the answer is another one after it was damaged")
		}
	}
	if err := os.WriteFile(answerPath(dir, tableGrowth), damaged, 0o644); err != nil {
		t.Fatal(err)
	}
	l.dump("a", 12)
	got := run()
	dir = t.TempDir()
	if want := run(); !bytes.Equal(got, want) {
		t.Error("a damaged row stayed")
	}
}

// firstDifference returns the first lines that differ.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf(" in line %d of %d and %d:\n%.1500s\nwant\n%.1500s", i, len(g), len(w), g[i], w[i])
		}
	}
	return " in its length"
}
