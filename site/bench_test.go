package site

import (
	"fmt"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"tidemark/analysis"
	"tidemark/analysis/operator"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/checksum"
	"tidemark/rfcwatch/dossier"
	"tidemark/site/format"
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
			counts[i] = operator.ASCount{Time: history[i].Time, IPv4: 100, GlobalIPv4: &hundred}
		}
		in.Networks.ASes = append(in.Networks.ASes, &operator.AS{ASN: 64496 + n, Name: "EXAMPLE", Time: "2026-01-01T00:00:00Z", Tally: operator.Tally{Verdicts: map[string]int64{"global": 100}, ROV: map[string]int64{"valid": 100}},
			Routes: routes, History: counts})
		in.Networks.Prefixes = append(in.Networks.Prefixes, &operator.Prefix{Prefix: routes[0].Prefix, Time: "2026-01-01T00:00:00Z", Announced: true, Routes: routes[:1], History: history})
	}
	return in
}

// BenchmarkRender makes a large site anew, and then again where one answer changed.
func BenchmarkRender(b *testing.B) {
	for _, watched := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("watched=%d", watched), func(b *testing.B) {
			in := decade(watched)
			dir := b.TempDir()
			in.Drawings, in.Pages, in.Sums = filepath.Join(dir, "drawings"), filepath.Join(dir, "pages"), checksum.Open(filepath.Join(dir, "sums"))
			for range b.N {
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
				begin, used := time.Now(), cpuTime()
				report, err := Render(b.Context(), in, filepath.Join(dir, "site"))
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(time.Since(begin).Seconds(), "s/anew")
				b.ReportMetric((cpuTime() - used).Seconds(), "cpu-s/anew")
				in.Answers[1].Result.Rows[0][4] = int64(1)
				begin, used = time.Now(), cpuTime()
				again, err := Render(b.Context(), in, filepath.Join(dir, "site"))
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(time.Since(begin).Seconds(), "s/again")
				b.ReportMetric((cpuTime() - used).Seconds(), "cpu-s/again")
				close(stop)
				<-ended
				b.ReportMetric(float64(peak)/1e6, "MB")
				b.ReportMetric(float64(report.Pages), "pages")
				b.ReportMetric(float64(report.Files), "files")
				b.ReportMetric(float64(again.Written), "rewritten")
				b.ReportMetric(float64(again.Made), "remade")
			}
		})
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
