package site

import (
	"html"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// styles returns the style sheet without its comments.
func styles(t *testing.T) string {
	t.Helper()
	css, err := os.ReadFile("assets/site.css")
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(css), "")
}

var (
	tokenBlock = regexp.MustCompile(`(?s):root \{(.*?)\}`)
	cssToken   = regexp.MustCompile(`(--[a-z0-9-]+):\s*([^;]+);`)
	cssRule    = regexp.MustCompile(`([a-z-]+):\s*([^;{}]+)[;}]`)
	rawColour  = regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|oklch|lab|lch)\(|\b(?:white|black|gray|grey|red|blue|green|silver)\b`)
	rawLength  = regexp.MustCompile(`(?:^|[^a-zA-Z0-9_-])-?[0-9.]+(?:px|rem|pt|mm|ch|vw|vh)\b`)
	sized      = regexp.MustCompile(`^(?:font|font-size|line-height|letter-spacing|(?:row-|column-)?gap|border(?:-.*)?|outline(?:-.*)?|box-shadow|(?:scroll-)?(?:margin|padding)(?:-.*)?|top|right|bottom|left)$`)
)

// TestTokens: every colour, size of type, space and line of the style sheet is a token, every token is used, and none is missing.
// What is an em belongs to the text around it, and the widths and heights of a component to the component.
func TestTokens(t *testing.T) {
	t.Parallel()
	css := styles(t)
	rules := tokenBlock.ReplaceAllString(css, "")
	rules = strings.ReplaceAll(rules, "@page { margin: 18mm 16mm; }", "") // a sheet of paper knows no tokens
	for _, m := range cssRule.FindAllStringSubmatch(rules, -1) {
		property, value := m[1], m[2]
		if at := rawColour.FindString(value); at != "" && !strings.HasPrefix(value, "url(") {
			t.Errorf("%s: %s has the colour %s, which is not a token", property, value, at)
		}
		if !sized.MatchString(property) || strings.Contains(value, "calc(100%") {
			continue
		}
		if at := rawLength.FindString(value); at != "" && value != "-1px" { // .unseen
			t.Errorf("%s: %s has the size %s, which is not a token", property, value, at)
		}
		if _, err := strconv.ParseFloat(value, 64); err == nil && property == "line-height" {
			t.Errorf("line-height: %s is not a token", value)
		}
	}
	defined := map[string]bool{}
	for _, block := range tokenBlock.FindAllStringSubmatch(css, -1) {
		for _, m := range cssToken.FindAllStringSubmatch(block[1], -1) {
			defined[m[1]] = true
			if !strings.Contains(css, "var("+m[1]+")") {
				t.Errorf("nothing uses the token %s", m[1])
			}
		}
	}
	for _, m := range regexp.MustCompile(`var\((--[a-z0-9-]+)`).FindAllStringSubmatch(css, -1) {
		if !defined[m[1]] {
			t.Errorf("%s is not defined", m[1])
		}
	}
}

// inks are the colours of text and of graphics, with the grounds that they stand on. Rules decorate, and need no contrast.
var (
	inks = map[string][]string{
		"ink": {"ground", "raised"}, "muted": {"ground", "raised"}, "accent": {"ground", "raised"}, "accent-strong": {"ground", "raised"},
		"bad": {"ground", "raised"}, "good": {"ground", "raised"}, "on-accent": {"accent"}, "notice-ink": {"notice"},
	}
	graphics = []string{"edge", "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"}
)

// TestContrast computes the contrast of every pair of tokens in both schemes: WCAG AA asks for 4.5:1 of text and 3:1 of graphics.
func TestContrast(t *testing.T) {
	t.Parallel()
	blocks := tokenBlock.FindAllStringSubmatch(styles(t), 2)
	for i, scheme := range []string{"light", "dark"} {
		colours := map[string]string{}
		for _, m := range cssToken.FindAllStringSubmatch(blocks[i][1], -1) {
			if strings.HasPrefix(m[2], "#") {
				colours[strings.TrimPrefix(m[1], "--")] = m[2]
			}
		}
		paired := map[string]bool{"rule": true}
		check := func(ink, ground string, least float64) {
			paired[ink], paired[ground] = true, true
			if got := contrast(t, colours[ink], colours[ground]); got < least {
				t.Errorf("%s: %s on %s has %.2f:1, less than %g:1", scheme, ink, ground, got, least)
			}
		}
		for ink, grounds := range inks {
			for _, ground := range grounds {
				check(ink, ground, 4.5)
			}
		}
		for _, g := range graphics {
			check(g, "ground", 3)
			check(g, "raised", 3)
		}
		for name := range colours {
			if !paired[name] {
				t.Errorf("%s: no pair has the colour %s", scheme, name)
			}
		}
	}
}

// contrast returns the contrast of two colours, as WCAG defines it.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	luminance := func(colour string) (l float64) {
		if len(colour) != 7 {
			t.Fatalf("%q is not a colour of six digits", colour)
		}
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			v := float64(n) / 255
			if v <= 0.04045 {
				v /= 12.92
			} else {
				v = math.Pow((v+0.055)/1.055, 2.4)
			}
			l += weight * v
		}
		return l
	}
	both := []float64{luminance(a), luminance(b)}
	slices.Sort(both)
	return (both[1] + 0.05) / (both[0] + 0.05)
}

var (
	leadParagraphs = regexp.MustCompile(`(?s)<p class="(?:answer|claim)"[^>]*>(.*?)</p>`)
	frontLead      = regexp.MustCompile(`(?s)<div class="lead">(.*?)</div>`)
	description    = regexp.MustCompile(`<meta name="description" content="([^"]*)">`)
	paragraph      = regexp.MustCompile(`(?s)<p[^>]*>(.*?)</p>`)
	markup         = regexp.MustCompile(`<[^>]*>`)
)

// TestLeads: no lead and no description has more than 30 words.
func TestLeads(t *testing.T) {
	t.Parallel()
	dir, pages := pagesToCheck(t)
	leads := 0
	for _, path := range pages {
		content := pageOf(t, dir, path)
		leads += len(frontLead.FindAllString(content, -1)) + len(leadParagraphs.FindAllString(content, -1))
		found := append(leadParagraphs.FindAllStringSubmatch(content, -1), description.FindAllStringSubmatch(content, -1)...)
		for _, m := range frontLead.FindAllStringSubmatch(content, -1) {
			found = append(found, paragraph.FindAllStringSubmatch(m[1], -1)...)
		}
		for _, m := range found {
			text := html.UnescapeString(markup.ReplaceAllString(m[1], ""))
			if n := countWords(text); n > 30 {
				t.Errorf("%s: %d words: %s", path, n, text)
			}
		}
	}
	if leads == 0 {
		t.Error("no page has a lead")
	}
}

func pageOf(t *testing.T, dir, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// countWords counts what has a letter or a digit, between spaces.
func countWords(text string) (n int) {
	for word := range strings.FieldsSeq(text) {
		if strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			n++
		}
	}
	return n
}

// TestUnbroken: no line breaks within a day, of either form, or before the sign of a percentage.
func TestUnbroken(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"On 2 January 2025, <b> had 3.":        `On <span class="day">2 January 2025</span>, &lt;b&gt; had 3.`,
		"By 2025-01-02 08:00 UTC, +24.3 % had": `By <span class="day">2025-01-02 08:00 UTC</span>, <span class="day">+24.3 %</span> had`,
		"In January 2025, RFC 6052 had 2":      "In January 2025, RFC 6052 had 2",
	} {
		if got := string(unbroken(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
