package site

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"tidemark/analysis/operator"
	"tidemark/analysis/watch"
	"tidemark/datasets/table"
)

const incidentPath = "incidents/0123456789abcdef"

// incidentFixture is a more specific prefix of another origin, in dumps and messages, with a gap in both.
func incidentFixture(from []*table.Manifest) Incident {
	at := func(minute int) time.Time { return date(2026, 5, 31).Add(time.Duration(minute) * time.Minute) }
	number := func(n int64) *int64 { return &n }
	hour := func(minute int) operator.Hour { return operator.Hour{Time: at(minute), Collectors: []string{"rrc00"}} }
	begin, end := at(665), at(771)
	before := at(480)
	t := &operator.TimeLine{Prefix: "192.0.2.0/23", Since: at(0), Until: at(1440), Dumps: []operator.Hour{hour(0), hour(480), hour(960)},
		Updates: []operator.UpdateRun{{Collector: "rrc00", Files: 12, From: at(480), Until: at(960)}},
		Gaps:    []operator.Gap{{From: at(960), Until: at(1440)}, {Collector: "rrc00", From: at(0), Until: at(480)}},
		Origins: []operator.Line{
			{Prefix: "192.0.2.0/23", AS: "64496", Name: "Example <b>", Intervals: []operator.Interval{{From: at(0), Last: at(960), Feeds: number(8), FeedsOf: number(8)}}, SeenBy: []string{},
				Counts: []operator.Count{{Time: at(0), Dump: true, Peers: number(8), Feeds: number(8), FeedsOf: number(8)}, {Time: at(480), Dump: true, Peers: number(5), Feeds: number(4), FeedsOf: number(8)}},
				ROV:    []operator.Validity{{From: at(0), Last: at(960), State: "valid", Reason: "192.0.2.0/23-24 AS64496"}}},
			{Prefix: "192.0.2.0/24", AS: "64511", Name: "\u202eevil", Intervals: []operator.Interval{{NotBefore: &begin, From: begin, Last: end, GoneBy: &end}}, SeenBy: []string{"rrc00/198.51.100.1/AS64500"}, Witnesses: 3,
				Counts: []operator.Count{{Time: at(665), Peers: number(1)}, {Time: at(680), Peers: number(3)}, {Time: at(700), Peers: number(1)}, {Time: at(771), Peers: number(0)}}},
		},
		Upstreams: []operator.Line{{Prefix: "192.0.2.0/24", AS: "64510", Intervals: []operator.Interval{{NotBefore: &begin, From: begin, Last: end, GoneBy: &end}}, SeenBy: []string{"rrc00/198.51.100.1/AS64500"}, Witnesses: 1}},
		Moments: []operator.Moment{
			{Time: before, Dump: true, Paths: []operator.SeenPath{{Prefix: "192.0.2.0/23", Path: "64500 64502 64496", Peers: 4}}},
			{Time: begin, Paths: []operator.SeenPath{{Prefix: "192.0.2.0/23", Path: "64500 64502 64496", Peers: 4}, {Prefix: "192.0.2.0/24", Path: "64500 64510 64511", Peers: 1}}},
			{Time: at(680), Paths: []operator.SeenPath{{Prefix: "192.0.2.0/23", Path: "64500 64502 64496", Peers: 4}, {Prefix: "192.0.2.0/24", Path: "64500 64510 64511", Peers: 1}, {Prefix: "192.0.2.0/24", Path: "64501 64510 64511", Peers: 1}, {Prefix: "192.0.2.0/24", Path: "64503 64501 64510 {64511,<b>}", Peers: 1}, {Prefix: "192.0.2.0/24", Path: "64504 64504 64503 64511", Peers: 1}}, Others: 2},
			{Time: end, Paths: []operator.SeenPath{}},
		},
		Later: 7, Messages: []operator.Message{{Time: begin, Session: "rrc00/198.51.100.1/AS64500", Kind: "announce", Prefix: "192.0.2.0/24", Path: "64500 64510 64511"}}, Count: 9, From: from}
	return Incident{watch.Alert{ID: "0123456789abcdef", Watch: "ours <b>", Kind: "more-specific", Severity: "critical", Subject: "192.0.2.0/24 AS64511", Text: "AS64511 announces 192.0.2.0/24, inside 192.0.2.0/23 <i>.", Advice: "Call them.",
		NotBefore: &before, SeenFrom: begin, LastSeen: end, GoneBy: &end, Evidence: []watch.Evidence{{Dataset: "route_events", Text: "seen by <rrc00>"}}, Prefix: "192.0.2.0/23", Page: incidentPath + ".html"}, t}
}

func TestIncidentPage(t *testing.T) {
	t.Parallel()
	files := made(t)
	page := files[incidentPath+".html"]
	for _, want := range []string{"<h1>More specific: 192.0.2.0/24 AS64511</h1>", "ours &lt;b&gt;", "inside 192.0.2.0/23 &lt;i&gt;.", "seen by &lt;rrc00&gt;", "64503 64501 64510 {64511,&lt;b&gt;}", "2 other paths",
		"7 later changes of paths, 8 later messages", "No path is known any longer", ">8 of 8<", "192.0.2.0/23-24 AS64496", `aria-label="192.0.2.0/23 over time`,
		"tidemark prefix 192.0.2.0/23 --since 2026-05-31T00:00 --until 2026-06-01T00:00 --paths", "no update files of rrc00", "incidents/0123456789abcdef.json"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "\u202e") {
		t.Error("the page has a bidirectional control")
	}
	var line operator.TimeLine
	if err := json.Unmarshal([]byte(files[incidentPath+".json"]), &line); err != nil || !strings.Contains(line.Summary(), "192.0.2.0/23 was announced by AS64496, and 1 prefix inside it by AS64511") {
		t.Errorf("the file beside the page (%v): %s", err, line.Summary())
	}
	if !strings.Contains(files["networks/index.html"], incidentPath+".html") {
		t.Error("the list of what is watched does not lead to the incident")
	}
}

// TestIncidentTimes: the page of an incident leads to the other times of the same, and to nothing else.
func TestIncidentTimes(t *testing.T) {
	t.Parallel()
	in := incidentFixture(nil)
	earlier, another := in, in
	earlier.Alert.Page, another.Alert.Page, another.Alert.Kind = "incidents/earlier.html", "incidents/another.html", "bogon"
	f := &facts{Input: Input{Incidents: []Incident{in, another, earlier}}}
	if all := f.otherTimes(&in.Alert); len(all) != 1 || all[0].Page != "incidents/earlier.html" {
		t.Errorf("it leads to %+v", all)
	}
}

// TestStrip: bars lie within the drawing, and are as high as the coverage; times between which a route began are dotted.
func TestStrip(t *testing.T) {
	t.Parallel()
	in := incidentFixture(nil)
	for _, size := range []stripSize{wideStrip, narrowStrip} {
		s := stripOf(in.TimeLine, &in.Alert, size)
		var heights []string
		for _, row := range s.Rows {
			for _, b := range row.Bars {
				heights = append(heights, fmt.Sprint(row.AS, " ", b.Height))
				if b.X < 0 || b.End() > s.Width || b.Y+b.Height != row.Base {
					t.Errorf("%s: a bar at %+v, of %d", size.class, b, s.Width)
				}
			}
		}
		if got, want := strings.Join(heights, ", "), "64496 24, 64496 12, 64511 3, 64511 9, 64511 3"; got != want {
			t.Errorf("%s: heights %s, want %s", size.class, got, want)
		}
		if n := len(s.Ticks); n == 0 || n > size.ticks {
			t.Errorf("%s: %d ticks", size.class, n)
		}
	}
	in.TimeLine.Origins = nil
	if stripOf(in.TimeLine, &in.Alert, wideStrip) != nil {
		t.Error("there is a drawing of nothing")
	}
}

// TestPlay plays an incident by the keyboard, served and from the disk, and without a script sees all of it as tables.
func TestPlay(t *testing.T) {
	t.Parallel()
	made(t)
	ctx, base, seen := watched(t, browser(t), shared.dir)
	for _, place := range []string{base, "file://" + shared.dir} {
		if err := chromedp.Do(ctx, chromedp.Navigate(place+"/"+incidentPath+".html")); err != nil {
			t.Fatal(err)
		}
		await(t, ctx, `!document.querySelector(".play").hidden`)
		said := func(want string) {
			t.Helper()
			if got := evaluate[string](t, ctx, `document.querySelector(".now").textContent`); !strings.Contains(got, want) {
				t.Errorf("%s: it says %q, want %q", place, got, want)
			}
		}
		said("2026-05-31 08:00:00 UTC, by dumps (1 of 4): AS64496 announces 192.0.2.0/23 to 4 peers over 1 path.")
		press := func(focus string, keys string) {
			t.Helper()
			evaluate[bool](t, ctx, `(document.querySelector('`+focus+`').focus(), true)`)
			if err := chromedp.Do(ctx, chromedp.KeyEvent(keys)); err != nil {
				t.Fatal(err)
			}
		}
		press(`[data-do="next"]`, " ")
		said("2026-05-31 11:05:00 UTC, by messages (2 of 4): AS64496 announces 192.0.2.0/23 to 4 peers over 1 path; AS64511 announces 192.0.2.0/24 to 1 peer over 1 path.")
		if off := evaluate[string](t, ctx, `[...document.querySelectorAll(".graph g.off text")].map(e => e.textContent).sort().join()`); off != "AS64501,AS64503,AS64504,{64511,<b>}" {
			t.Errorf("%s: %q are not there at that time", place, off)
		}
		// All paths together lead over more ASes than any of them, and still every link leads to the right.
		if left := evaluate[int](t, ctx, `[...document.querySelectorAll(".graph path")].filter(e => { const n = e.getAttribute("d").match(/[\d.-]+/g).map(Number); return n[0] >= n[6]; }).length`); left > 0 {
			t.Errorf("%s: %d links of the graph do not lead to the right", place, left)
		}
		press(`.play input`, kb.End)
		said("(4 of 4): no path is known any longer.")
		if !evaluate[bool](t, ctx, `document.querySelector('[data-do="next"]').disabled`) {
			t.Errorf("%s: there is something after the last change", place)
		}
		press(`[data-do="play"]`, " ")
		said("(1 of 4)")
		if all, _ := seen.drain(); place == base && len(all) > 0 {
			t.Errorf("the browser says %.300q", all)
		}
		await(t, ctx, `document.querySelector(".now").textContent.includes("(4 of 4)") && document.querySelector('[data-do="play"]').textContent === "Play"`)
	}
	withoutScript(t, ctx, base)
}

func withoutScript(t *testing.T, ctx context.Context, base string) {
	t.Helper()
	if err := call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"/"+incidentPath+".html")); err != nil {
		t.Fatal(err)
	}
	if !evaluate[bool](t, ctx, `document.querySelector(".play").hidden && document.querySelectorAll(".wide-strip g rect").length === 5 && document.querySelectorAll("table.moments tbody tr").length > 6`) {
		t.Error("without a script, the drawing or its table is missing")
	}
}
