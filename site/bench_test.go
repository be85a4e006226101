package site

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"syscall"
	"testing"
	"time"

	"tidemark/analysis"
	"tidemark/analysis/operator"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/checksum"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch/dossier"
	"tidemark/site/format"
	"tidemark/site/lookup"
)

// decade is the site of ten years of daily data from two collectors: forty questions, twenty of them with a point a day
// for each family and collector, two hundred watched networks and prefixes, and an RFC index of ten thousand documents, as
// many of them watched as asked for.
func decade(watched int) Input {
	in := Input{Title: "Tidemark", Program: "tidemark bench", Datasets: datasets.All(), Partitions: map[string][]*table.Manifest{}, URL: "https://example.org/"}
	const days = 3650
	start := date(2016, 1, 1)
	for _, s := range []*table.Schema{datasets.Routes.Schema, datasets.Peers.Schema, datasets.TableStats.Schema} {
		for i := range days {
			for _, collector := range []string{"rrc00", "route-views2"} {
				at := start.AddDate(0, 0, i)
				in.Partitions[s.Name] = append(in.Partitions[s.Name], manifest(s, at, collector+".bview."+format.Day(at)+".gz", 1_000_000,
					raw("mrt/"+collector+"/"+format.Day(at)+"/bview.gz", "https://example.org/"+collector+"/"+format.Day(at)+".gz", 300_000_000)))
			}
		}
	}
	for _, s := range []*table.Schema{datasets.RouteStates.Schema, datasets.Witnesses.Schema} {
		for i := range days {
			at := start.AddDate(0, 0, i)
			routes := in.Partitions[datasets.Routes.Name]
			in.Partitions[s.Name] = append(in.Partitions[s.Name], manifest(s, at, format.Day(at)+"T00", 1_000_000, routes[2*i].AsInput(), routes[2*i+1].AsInput()))
		}
	}
	for n := range 40 {
		q := &analysis.Question{Slug: fmt.Sprintf("question-%d", n), Title: fmt.Sprintf("How much is figure %d?", n), Section: []string{"Routing", "IPv6", "Standards"}[n%3], Subject: []string{"Updates", "Users", "Errata"}[n%3], RFCs: []int{1 + n},
			Datasets: []*table.Schema{datasets.TableStats.Schema, datasets.RouteStates.Schema}, SQL: "SELECT 1", Definition: "What is counted.",
			Chart: &analysis.Chart{Kind: "line", X: "day", Y: "value", Series: "series", YName: "things", Low: "low", High: "high"}}
		r := &table.Result{Columns: []table.ResultColumn{{Name: "day", Type: table.Date}, {Name: "series"}, {Name: "family", Type: table.Int64}, {Name: "collector"},
			{Name: "value", Type: table.Int64}, {Name: "low", Type: table.Int64}, {Name: "high", Type: table.Int64}}}
		every := 1
		if n%2 == 1 {
			every = 30
		}
		for i := 0; i < days; i += every {
			for _, family := range []int64{4, 6} {
				for c, collector := range []string{"rrc00", "route-views2"} {
					v := 100_000*family + int64(100*i+n*7+c*1000+i%13)
					r.Rows = append(r.Rows, []any{start.AddDate(0, 0, i), fmt.Sprintf("IPv%d at %s", family, collector), family, collector, v, v - 500, v + 500})
				}
			}
		}
		in.Answers = append(in.Answers, &analysis.Answer{Question: q, Result: r, Text: "It is as much as that.",
			From:    append(append([]*table.Manifest{}, in.Partitions[datasets.TableStats.Name]...), in.Partitions[datasets.RouteStates.Name]...),
			Figures: []*analysis.AnsweredFigure{shownFigure(fmt.Sprint("Figure ", n), "routes", 1000)}})
	}
	for n := 1; n <= 10_000; n++ {
		e := datasets.RFC{SnapshotDate: date(2026, 8, 20), Number: uint32(n), Title: fmt.Sprintf("A Protocol for the Purpose of Number %d", n), Status: "proposed standard",
			Year: 1970 + uint32(n/180), Keywords: []string{"protocol", "purpose"}, Authors: []string{"A. Author"}, Abstract: "This document describes a protocol."}
		in.Standards.Index = append(in.Standards.Index, e)
		r := &dossier.RFC{Number: n, Entry: &e, Watched: n <= watched}
		if r.Watched {
			in.RFCs = append(in.RFCs, r)
		} else {
			in.Standards.Others = append(in.Standards.Others, r)
		}
	}
	in.Standards.Day = date(2026, 8, 20)
	in.Standards.From = in.Partitions[datasets.Peers.Name][:10]
	in.Networks.From = in.Partitions[datasets.RouteStates.Name]
	whole, forty, hundred := 1.0, int64(40), int64(100)
	for n := range uint32(100) {
		routes := make([]operator.Route, 100)
		for i := range routes {
			routes[i] = operator.Route{Prefix: fmt.Sprintf("10.%d.%d.0/24", n, i), Origin: fmt.Sprint(64496 + n), Verdict: "global", Visibility: &whole, Peers: &forty, FullFeedPeers: &forty, FullFeedTotal: &forty, FullFeedASes: &forty, SeenBy: "rrc00", ROV: "valid", Bogon: "none"}
		}
		history, counts := make([]operator.Sighting, 1000), make([]operator.ASCount, 1000)
		for i := range history {
			history[i] = operator.Sighting{Time: time.Date(2023, 4, 7+i, 0, 0, 0, 0, time.UTC).Format(time.RFC3339), Origin: fmt.Sprint(64496 + n), What: "global, valid", Visibility: &whole}
			counts[i] = operator.ASCount{Time: history[i].Time, IPv4: &operator.FamilyCount{Prefixes: 100, Global: &hundred, Collectors: "rrc00"}}
		}
		in.Networks.ASes = append(in.Networks.ASes, &operator.AS{ASN: 64496 + n, Name: "EXAMPLE", Time: "2026-01-01T00:00:00Z", Tally: operator.Tally{Verdicts: map[string]int64{"global": 100}, ROV: map[string]int64{"valid": 100}},
			Routes: routes, History: counts})
		in.Networks.Prefixes = append(in.Networks.Prefixes, &operator.Prefix{Prefix: routes[0].Prefix, Time: "2026-01-01T00:00:00Z", Announced: true, Routes: routes[:1], History: history})
	}
	return in
}

// nextDay adds a day to a site of decade: a partition of each dataset, a point of each series to every answer, a newer RFC index that
// says the same.
func nextDay(in *Input) {
	day := func(m *table.Manifest) time.Time { return m.Day().AddDate(0, 0, 1) }
	for name, all := range in.Partitions {
		last := all[len(all)-1]
		s := in.Datasets[slices.IndexFunc(in.Datasets, func(s *table.Schema) bool { return s.Name == name })]
		in.Partitions[name] = append(slices.Clip(all), manifest(s, day(last), format.Day(day(last))+"T00", 1_000_000, last.Inputs...))
	}
	for _, a := range in.Answers {
		last := a.Result.Rows[len(a.Result.Rows)-4:] // of two families at two collectors
		for _, row := range last {
			row = slices.Clone(row)
			row[0] = row[0].(time.Time).AddDate(0, 0, 1)
			a.Result.Rows = append(a.Result.Rows, row)
		}
		a.From = slices.Concat(in.Partitions[datasets.TableStats.Name], in.Partitions[datasets.RouteStates.Name])
	}
	in.Standards.Day = in.Standards.Day.AddDate(0, 0, 1)
	for i := range in.Standards.Index {
		in.Standards.Index[i].SnapshotDate = in.Standards.Day
	}
	for _, r := range slices.Concat(in.RFCs, in.Standards.Others) {
		r.Entry.SnapshotDate = in.Standards.Day
	}
}

// withInternet adds a table of 1.3 million routes of 80,000 ASes, for the pages of any AS and any prefix.
func withInternet(b *testing.B, in *Input) {
	const routes, ases, chunk = 1_300_000, 80_000, 10_000
	store, at := tables.Store(b), date(2026, 6, 1)
	feeds, total, carry := int64(9), int64(40), int64(31)
	into := store.Begin()
	defer into.Abort()
	w, err := datasets.RouteStates.Create(into, table.Key{Day: at, Name: "2026-06-01T00"})
	if err != nil {
		b.Fatal(err)
	}
	w.Unit = "row"
	for from := range routes / chunk {
		rows := make([]datasets.RouteState, chunk)
		for i := range rows {
			n := uint32(from*chunk + i)
			r := datasets.RouteState{Time: at, Family: 4, Prefix: fmt.Sprintf("%d.%d.%d.0/24", 1+n>>16, n>>8&255, n&255), PrefixLength: 24, OriginASN: 1 + n%ases, FullFeedPeers: &carry, FullFeedTotal: &total, FullFeedASes: &feeds,
				Verdict: "global", ROVState: "valid", ROVReason: "covered", BogonClass: "none", ROADate: "2026-06-01", ROAAnchors: "ripencc", SpaceDate: "2026-05-31", Holder: "ripencc NL allocated x"}
			if n >= routes-250_000 {
				r.Family, r.Prefix, r.PrefixLength = 6, fmt.Sprintf("2001:%x:%x::/48", n>>16, n&0xffff), 48
			}
			rows[i] = r
		}
		w.See(chunk)
		w.Keep(chunk)
		if err := w.Append(rows...); err != nil {
			b.Fatal(err)
		}
	}
	var names []datasets.ASName
	var links []datasets.ASLink
	for n := range uint32(ases) {
		names = append(names, datasets.ASName{FileDate: at, ASN: 1 + n, Name: fmt.Sprintf("NETWORK-%d - Network %d, NL", n, n)})
		links = append(links, datasets.ASLink{Time: at, Family: 4, ASNA: 1 + n%1000, ASNB: 1 + n, Relation: "customer", Basis: "clique", Paths: 12, Vantages: 5, Of: 20})
	}
	tables.Write(b, into, datasets.ASNames, table.Key{Day: at, Name: "names"}, names...)
	tables.Write(b, into, datasets.ASLinks, table.Key{Day: at, Name: "2026-06-01T00"}, links...)
	if _, err := into.Commit(); err != nil {
		b.Fatal(err)
	}
	if in.Lookup, err = lookup.Open(store); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRender makes a large site anew, then again where one value of an answer changed, and then with a day more. The last of the sites
// has pages of any AS and any prefix too.
func BenchmarkRender(b *testing.B) {
	for _, site := range []struct {
		name    string
		watched int
		lookup  bool
	}{{"watched=100", 100, false}, {"watched=10000", 10_000, false}, {"whole", 100, true}} {
		b.Run(site.name, func(b *testing.B) {
			for range b.N {
				in := decade(site.watched)
				if site.lookup {
					withInternet(b, &in)
				}
				dir := b.TempDir()
				in.Drawings, in.Pages, in.Sums = filepath.Join(dir, "drawings"), filepath.Join(dir, "pages"), checksum.Open(filepath.Join(dir, "sums"))
				peak := watchMemory()
				for _, step := range []struct {
					name   string
					change func(*Input)
				}{
					{"anew", func(*Input) {}},
					{"again", func(in *Input) { in.Answers[1].Result.Rows[0][4] = int64(1) }},
					{"day", nextDay},
				} {
					step.change(&in)
					begin, used := time.Now(), cpuTime()
					var report Report
					var err error
					pprof.Do(b.Context(), pprof.Labels("step", step.name), func(ctx context.Context) { // for -cpuprofile
						report, err = Render(ctx, in, filepath.Join(dir, "site"))
					})
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(time.Since(begin).Seconds(), "s/"+step.name)
					b.ReportMetric((cpuTime() - used).Seconds(), "cpu-s/"+step.name)
					b.ReportMetric(float64(report.Pages), "pages")
					b.ReportMetric(float64(report.Files), "files")
					b.ReportMetric(float64(report.Made), "made/"+step.name)
					b.ReportMetric(float64(report.Written), "written/"+step.name)
				}
				b.ReportMetric(float64(peak())/1e6, "MB")
				b.ReportMetric(float64(siteBytes(b, filepath.Join(dir, "site")))/1e6, "site-MB")
			}
		})
	}
}

// siteBytes returns the size of the files of a site.
func siteBytes(b *testing.B, dir string) (sum int64) {
	b.Helper()
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		b.Fatal(err)
	}
	if err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return sum
}

// watchMemory notes what the program has of the machine until its result is called, which returns the most, in bytes.
func watchMemory() func() uint64 {
	var peak uint64
	stop, ended := make(chan bool), make(chan bool)
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.Sys-m.HeapReleased)
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-ended
		return peak
	}
}

// cpuTime returns how long the process has used processors: its wall time says little on a machine that others use.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
