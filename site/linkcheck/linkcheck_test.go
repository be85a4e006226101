package linkcheck

import (
	"slices"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	has := func(path string) bool { return slices.Contains([]string{"index.html", "a/b.html", "x.css"}, path) }
	for body, want := range map[string]string{
		`<a href="a/b.html#here">ok</a><link href="x.css?v=1">`: "",
		`<a href="https://example.org/">ok</a>`:                 "",
		`<link rel="canonical" href="https://example.org/">`:    "",
		`<a href="missing.html">`:                               "no such file",
		`<a href="a/b.html#gone">`:                              "no such id",
		`<a href="/index.html">`:                                "want a relative, http or https link",
		`<a href="javascript:alert(1)">`:                        "want a relative, http or https link",
		`<img src="https://example.org/x.png">`:                 "files of its own site only",
		`<script src="//example.org/x.js"></script>`:            "files of its own site only",
		`<p id="a"><p id="a">`:                                  `duplicate id "a"`,
	} {
		pages := map[string]Page{"index.html": Parse([]byte(body)), "a/b.html": Parse([]byte(`<p id="here">`))}
		err := Check(pages, nil, has)
		if want == "" && err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", body, err, want)
		}
	}
}

// TestCheckFolder: a link that is right on one page is looked for again where it means another place.
func TestCheckFolder(t *testing.T) {
	pages := map[string]Page{}
	for name, body := range map[string]string{
		"a/1.html": `<p id="x"><a href="#x">here</a><a href="2.html">there</a><a href="../c.html">up</a>`,
		"a/2.html": `<a href="#x">nowhere</a><a href="2.html">here</a><a href="../c.html">up</a>`,
		"b/1.html": `<a href="2.html">nowhere</a><a href="../c.html">up</a>`,
		"c.html":   `<a href="../c.html">out</a>`,
	} {
		pages[name] = Parse([]byte(body))
	}
	err := Check(pages, nil, func(path string) bool { _, is := pages[path]; return is })
	want := "a/2.html: link to #x: no such id on the page\nb/1.html: link to 2.html: no such file in the site\nc.html: link to ../c.html: no such file in the site"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// TestTargets: what a page depends on are the files and ids of other pages that its links lead to.
func TestTargets(t *testing.T) {
	p := Parse([]byte(`<p id="x"><a href="#x">here</a><a href="../c.html">up</a><a href="b.html?n=1#i%20d">there</a><img src="b.html"><a href="https://example.org/c.html">away</a>`))
	want := []Target{TargetOf("c.html", ""), TargetOf("a/b.html", ""), TargetOf("a/b.html", "i d")}
	slices.Sort(want)
	if got := p.Targets("a/1.html"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLacks(t *testing.T) {
	old, new := Parse([]byte(`<p id="a"><p id="b"><p id="c">`)), Parse([]byte(`<p id="b"><p id="d">`))
	if got := slices.Collect(new.Lacks(old)); !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("got %q, want a and c", got)
	}
}
