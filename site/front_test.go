package site

import (
	"html"
	"slices"
	"strings"
	"sync"
	"testing"

	"tidemark/analysis"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/site/chart"
	"tidemark/site/metadata"
	"tidemark/site/publish"
)

// factsOf returns the facts that the front page and the areas are made from, with an empty drawing for each answer, as if every file that is
// asked for were there.
func factsOf(in Input) *facts {
	f := &facts{Input: in, lineage: lineageOf(in.Partitions, nil), charts: map[string]*chart.Chart{}}
	f.Site = metadata.Site{Title: in.Title, Publisher: "Example Lab", License: "CC-BY-4.0", Newest: newestDay(in.Partitions)}
	f.frame = &frame{Site: f.Site, newest: f.Site.Newest, parts: new(sync.Map), empty: emptyAreas(in.Answers),
		HasNeeds: needsOf(in.Answers, in.Partitions).any(), file: func(string) (publish.File, bool) { return publish.File{SHA256: strings.Repeat("0", 64)}, true }}
	for _, a := range in.Answers {
		f.charts[a.Question.Slug] = &chart.Chart{Slug: a.Question.Slug, Small: &chart.Thumbnail{}}
	}
	return f
}

// frontOf returns the front page, with its characters unescaped.
func frontOf(t *testing.T, in Input) string {
	t.Helper()
	content, err := indexPage(factsOf(in)).render()
	if err != nil {
		t.Fatal(err)
	}
	return html.UnescapeString(string(content))
}

// changed is a figure that was before a year ago.
func changed(label, unit, since, asOf string, before, now float64) *analysis.AnsweredFigure {
	return &analysis.AnsweredFigure{Label: label, Unit: unit, Value: &now, AsOf: asOf, Change: &analysis.Change{Since: since, Before: &before}}
}

func TestFrontPage(t *testing.T) {
	t.Parallel()
	in := fixture()
	growth := in.Answers[0].Figures[0]
	before := 952_331.0
	growth.Lead, growth.AsOf, growth.Change = true, "2026-10-30", &analysis.Change{Since: "2025-10-30", Before: &before}
	growth.History = []analysis.FigurePoint{{At: "2024-10-30", Value: 910_000}, {At: "2025-10-30", Value: before}, {At: "2026-10-30", Value: *growth.Value}}
	page := frontOf(t, in)
	for _, want := range []string{
		`<h1 class="claim">The table of <span class="day">1 June 2026</span> has 1,000,569 IPv4`,
		"Published by <span dir=\"auto\">Example Lab</span> · edition of <time class=\"day\" datetime=\"2026-11-01\">", "data from <span class=\"day\">2012-06-01</span> to <span class=\"day\">2026-11-01</span>", "licence CC-BY-4.0",
		`<a href="./networks/as64496.html">AS64496</a>, <a href="./countries/DE.html">Germany</a>, <a href="./rfc/6052.html">RFC 6052</a>`,
		`<span class="badge fresh">fresh</span>`, `<span class="badge historic">historic</span>`, "+48,238 (+5.1 %) since",
		`<span>910,000<br><span class="day">2024-10-30</span></span> <span>1,000,569<br>`,
		"IPv4 prefixes: from 952,331 on <span class=\"day\">30 October 2025</span> to 1,000,569 on <span class=\"day\">30 October 2026</span>, +48,238 (<span class=\"day\">+5.1 %</span>).",
		"Check a number: IPv4 prefixes, 1,000,569", "SELECT day, family", "bview.20260601.0000.gz", hashOf("mrt/rrc00/2026-06-01/bview.20260601.0000.gz"),
		`<a href="./q/table-growth/index.html">Table growth</a>`, `<a href="./rpki.html">RPKI</a>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the front page lacks %q", want)
		}
	}
	for _, unwanted := range []string{"Not shown", "Valid routes", "There are no data", "Newest data in", "Changes</a>"} {
		if strings.Contains(page, unwanted) {
			t.Errorf("the front page says %q", unwanted)
		}
	}
	if fresh, historic := strings.Index(page, "<li class=\"fresh\""), strings.Index(page, "<li class=\"historic\""); fresh < 0 || historic < fresh {
		t.Errorf("the fresh card is at %d, the first historic one at %d", fresh, historic)
	}
}

// TestFrontPageWithoutMuch: what is not there leaves no trace.
func TestFrontPageWithoutMuch(t *testing.T) {
	t.Parallel()
	withheld := fixture()
	for _, a := range withheld.Answers {
		for _, f := range a.Figures {
			f.Value, f.Withheld = nil, "600 of 1,000 routes are unknown."
		}
	}
	single := fixture()
	single.Answers = single.Answers[:1]
	single.Partitions = map[string][]*table.Manifest{"routes": single.Partitions["routes"]}
	single.RFCs, single.Networks, single.Regions, single.Reports, single.Campaigns = nil, Networks{}, Regions{}, nil, Campaigns{}
	empty := Input{Title: "Tidemark"}
	old := fixture()
	for _, a := range old.Answers {
		for _, f := range a.Figures {
			f.Lead, f.AsOf = true, "2020-02-01"
		}
	}
	for name, test := range map[string]struct {
		in             Input
		want, unwanted []string
	}{
		"only withheld figures": {withheld, []string{"<h1>How the Internet evolves</h1>", "All subjects"}, []string{`class="figures"`, "unknown", "Not shown", "Check a number", "in a year"}},
		"a dataset alone":       {single, []string{"edition of <time class=\"day\" datetime=\"2026-06-01\">", "fresh</span>", "For example <a href=\"./q/table-growth/index.html\">Table growth</a>, <a"}, []string{"historic", "week", "rpki.html", "ipv6.html"}},
		"no data":               {empty, []string{"<h1>How the Internet evolves</h1>", "No questions have been answered yet", "0 rows"}, []string{"edition of", "data from", "All subjects", "For example", `class="figures"`, "routing.html", "needs.html"}},
		"old data":              {old, []string{"<h1>How the Internet evolves</h1>", `<li class="historic">`}, []string{"fresh", "days old"}},
	} {
		page := frontOf(t, test.in)
		for _, want := range test.want {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the front page lacks %q", name, want)
			}
		}
		_, main, _ := strings.Cut(page, "<body>")
		for _, unwanted := range append(test.unwanted, "NaN", "nil", "%!") {
			if strings.Contains(main, unwanted) {
				t.Errorf("%s: the front page says %q", name, unwanted)
			}
		}
	}
}

func TestStories(t *testing.T) {
	t.Parallel()
	in := fixture()
	notComparable := changed("Bogons", "routes", "2025-10-30", "2026-10-30", 25, 2467)
	notComparable.Change.Before, notComparable.Change.NotComparable = nil, "another source"
	for i, figures := range [][]*analysis.AnsweredFigure{
		{changed("Grew", "prefixes", "2025-10-30", "2026-10-30", 900, 1000), changed("Grew more", "prefixes", "2025-10-30", "2026-10-30", 800, 1000)},
		{changed("Share", "%", "2025-10-30", "2026-10-30", 0.50, 0.65)},
		{notComparable},
		{changed("Fell", "routes", "2025-10-30", "2026-10-30", 1000, 500)},
		{changed("Of a day", "routes", "2026-10-29", "2026-10-30", 100, 1000)},
		{changed("Old", "routes", "2019-02-01", "2020-02-01", 100, 1000)},
	} {
		in.Answers[i].Figures = figures
	}
	f := factsOf(in)
	titles := func() (all []string) {
		for _, s := range f.stories(f.figureCards()) {
			all = append(all, s.Label)
		}
		return all
	}
	if got, want := titles(), []string{"Fell", "Grew more", "Share"}; !slices.Equal(got, want) {
		t.Errorf("the stories are %q, want %q", got, want)
	}
	f.charts["route-origin-validation"] = nil // there is nothing to draw
	if got, want := titles(), []string{"Grew more", "Share", "Old"}; !slices.Equal(got, want) {
		t.Errorf("without a chart of the first the stories are %q, want %q", got, want)
	}
}

func TestChangeSize(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		figure *analysis.AnsweredFigure
		want   float64
	}{
		"a count that doubled":     {changed("", "routes", "2025-01-01", "2026-01-01", 100, 200), 0.5},
		"a count that halved":      {changed("", "routes", "2025-01-01", "2026-01-01", 200, 100), 0.5},
		"from nothing":             {changed("", "routes", "2025-01-01", "2026-01-01", 0, 200), 1},
		"a share":                  {changed("", "%", "2025-01-01", "2026-01-01", 0.25, 0.5), 0.25},
		"a small number":           {changed("", "routes", "2025-01-01", "2026-01-01", 3, 12), 0},
		"what prints the same":     {changed("", "%", "2025-01-01", "2026-01-01", 0.25, 0.25001), 0},
		"a change of three years":  {changed("", "routes", "2023-01-01", "2026-01-01", 100, 200), 0},
		"a year of which no day":   {changed("", "routes", "2025", "2026", 100, 200), 0},
		"a figure without a past":  {shownFigure("", "routes", 200), 0},
		"a figure without a value": {&analysis.AnsweredFigure{Unit: "%", AsOf: "2026-01-01"}, 0},
	} {
		if got := (figureCard{AnsweredFigure: test.figure}).changeSize(); got != test.want {
			t.Errorf("%s: size %v, want %v", name, got, test.want)
		}
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ day, edition, want string }{
		{"2026-06-03", "2026-06-03", "fresh"}, {"2026-06-01", "2026-06-03", "fresh"}, {"2026-05-31", "2026-06-03", "3 days old"},
		{"2026-03-05", "2026-06-03", "90 days old"}, {"2026-03-04", "2026-06-03", "historic"}, {"", "2026-06-03", "historic"}, {"2025", "2026-06-03", "historic"}, {"2026-06-03", "", "historic"},
		{"2026-07-01", "2026-06-03", "fresh"},
	} {
		if got := ageOf(test.day, test.edition).Text(); got != test.want {
			t.Errorf("data of %q in the edition of %q are %s, want %s", test.day, test.edition, got, test.want)
		}
	}
	year := &analysis.Answer{Standing: analysis.Standing{AsOf: "2025", Datasets: []analysis.DatasetDays{{Newest: "2026-06-02"}}}}
	if got := figureDay(year, &analysis.AnsweredFigure{AsOf: "2025"}); got != "2026-06-02" {
		t.Errorf("the figure of a year is of data of %q", got)
	}
}

// TestProofOfSource: of several partitions of a day, the one of the figure's collector is followed.
func TestProofOfSource(t *testing.T) {
	t.Parallel()
	in := fixture()
	routes := in.Partitions["routes"]
	other := manifest(datasets.Routes.Schema, date(2026, 6, 1), "rrc01.bview.20260601.0000.gz", 9, raw("mrt/rrc01/bview.gz", "", 9))
	in.Partitions["routes"] = append(routes, other)
	in.Answers[0].From = in.Partitions["routes"]
	for source, want := range map[string]string{"rrc00": routes[14].SHA256, "rrc01": other.SHA256} {
		in.Answers[0].Figures[0].Source = []string{source, "rib"}
		if page := frontOf(t, in); !strings.Contains(page, want) {
			t.Errorf("the proof of a figure of %s is not that of its partition", source)
		}
	}
}

// TestProofOfRing: partitions that name each other lead to no file, and the page is made all the same.
func TestProofOfRing(t *testing.T) {
	t.Parallel()
	in := fixture()
	routes := in.Partitions["routes"]
	newest, older := routes[14], routes[13]
	newest.Inputs, older.Inputs = append([]table.Input{older.AsInput()}, newest.Inputs...), append([]table.Input{newest.AsInput()}, older.Inputs...)
	if page := frontOf(t, in); strings.Contains(page, "one of 0") {
		t.Error("the proof ends without a file")
	}
}

// TestUnanswered: what has no answer keeps its page, and only that for whoever runs the site leads to it.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	files := made(t)
	if files["q/rfc-changes/index.html"] == "" {
		t.Fatal("a question without an answer lost its page")
	}
	for _, path := range []string{"index.html", "routing.html", "ipv6.html", "rpki.html", "rfcs/index.html", "search.html", searchIndexPath} {
		if strings.Contains(files[path], "rfc-changes.html") {
			t.Errorf("%s leads to a question without an answer", path)
		}
	}
	for _, want := range []string{`<a href="./q/rfc-changes/index.html">`, `<a href="./datasets/rfc_events.html">rfc_events</a>: rfc-index, two snapshots of the index`, "600 of 1,000 routes are unknown. To know them, collect payloads of the day."} {
		if !strings.Contains(files[needsPath], want) {
			t.Errorf("%s lacks %q", needsPath, want)
		}
	}
	for path, want := range map[string]string{"routing.html": `<li id="table-growth">`, "rpki.html": `<span class="day">54 %</span> of the routes are valid.`, "ipv6.html": "Are the probed domains ready for IPv6?"} {
		if !strings.Contains(files[path], want) {
			t.Errorf("%s lacks %q", path, want)
		}
	}
}

// TestTabs: a question leads to the answered ones of its subject.
func TestTabs(t *testing.T) {
	t.Parallel()
	in := fixture()
	for _, i := range []int{0, 1, 5} { // the last one has no answer
		in.Answers[i].Question.Subject = "Table growth"
	}
	f := factsOf(in)
	for i, want := range [][]questionTab{
		0: {{"table-growth", "Growth", true}, {"prefix-lengths", "Lengths", false}},
		1: {{"table-growth", "Growth", false}, {"prefix-lengths", "Lengths", true}},
		2: nil, // alone
		5: {{"table-growth", "Growth", false}, {"prefix-lengths", "Lengths", false}},
	} {
		if i != 3 && i != 4 {
			if got := f.tabsOf(in.Answers[i].Question); !slices.Equal(got, want) {
				t.Errorf("the tabs of %s are %v, want %v", in.Answers[i].Question.Slug, got, want)
			}
		}
	}
}

// TestKindsBehind: of every dataset that a question reads it is known what fills it.
func TestKindsBehind(t *testing.T) {
	t.Parallel()
	for _, q := range analysis.Questions() {
		for _, d := range q.Datasets {
			if kindsBehind[d.Name] == "" {
				t.Errorf("question %s: nothing says what dataset %s is made from", q.Slug, d.Name)
			}
		}
	}
}
