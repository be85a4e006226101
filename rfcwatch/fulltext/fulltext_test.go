package fulltext_test

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"tidemark/rfcwatch/fulltext"
)

// TestStem compares with the stems that the Snowball project's own program (snowballstemmer 2.2.0) gives for words of RFCs, and for words
// that need its rarer rules.
func TestStem(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("testdata/stems.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(list)) {
		word, want, _ := strings.Cut(strings.TrimSpace(line), " ")
		if got := fulltext.Stem(word); got != want {
			t.Errorf("the stem of %s is %s, want %s", word, got, want)
		}
		n++
	}
	if n < 1000 {
		t.Errorf("only %d words were compared", n)
	}
	for word, want := range map[string]string{"ipv6": "ipv6", "as_sets": "as_set", "as_path": "as_path", "1.3": "1.3", "prüfungen": "prüfungen"} {
		if got := fulltext.Stem(word); got != want {
			t.Errorf("the stem of %s is %s, want %s", word, got, want)
		}
	}
}

// texts are four small ones; RFC 1 is obsolete.
func texts() []*fulltext.Text {
	paragraphs := func(all ...string) (p []fulltext.Paragraph) {
		for _, text := range all {
			p = append(p, fulltext.Paragraph{Text: text, Normative: strings.Contains(text, "MUST")})
		}
		return p
	}
	return []*fulltext.Text{
		{Document: fulltext.Document{Number: 1, Title: "Hop limits", Obsolete: true, ReplacedBy: []uint32{3}},
			Sections: []fulltext.Section{{Number: "1", Heading: "Rules", Paragraphs: paragraphs("A router MUST decrement the hop limit.", "Hosts set it.")}}},
		{Document: fulltext.Document{Number: 2, Title: "Hosts"}, Sections: []fulltext.Section{{Paragraphs: paragraphs("The limit of every hop is decremented, and a router may wait.")},
			{Number: "2", Heading: "Hop limits", Paragraphs: paragraphs("See above.")}}},
		{Document: fulltext.Document{Number: 3, Title: "Hop limits"},
			Sections: []fulltext.Section{{Number: "1", Heading: "Rules", Paragraphs: paragraphs("A router MUST decrement the hop limit.", "Hosts set it.")}}},
		{Document: fulltext.Document{Number: 4, Title: "AS_PATH in 192.0.2.1"}, Sections: []fulltext.Section{{Number: "1", Heading: "Références", Paragraphs: paragraphs("ÉTÉ at 192.0.2.1; AS_SETs.")}}},
	}
}

func TestScan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query     string
		normative bool
		want      string // numbers
	}{
		{"hop limits", false, "[3 1 2]"}, // RFC 1 is obsolete, RFC 2 has another title
		{"HOP", false, "[3 1 2]"},
		{`"hop limit"`, false, "[3 1 2]"},
		{`"limit of every hop"`, false, "[2]"},
		{`"limit the every hop"`, false, "[2]"}, // a word that is not indexed matches any word
		{`"limit every"`, false, "[]"},
		{`"decrement the hop`, false, "[3 1]"}, // a quotation mark that nothing closes
		{"router decrement", true, "[3 1]"},
		{"hosts", true, "[]"},
		{"hosts hop", false, "[2 3 1]"},
		{"decrementing routers", false, "[3 2 1]"},
		{"as_set", false, "[4]"}, {"set", false, "[3 1]"}, {"192.0.2.1", false, "[4]"}, {"192", false, "[]"}, {"été", false, "[4]"},
		{"the", false, "[]"}, {"", false, "[]"}, {"unicorn hop", false, "[]"}, {"<script>", false, "[]"},
	} {
		numbers := []uint32{}
		for _, h := range scan(texts(), c.query, c.normative) {
			numbers = append(numbers, h.Number)
		}
		if got := fmt.Sprint(numbers); got != c.want {
			t.Errorf("%s, normative %t: %s, want %s", c.query, c.normative, got, c.want)
		}
	}
}

// TestMerge: texts that are searched in several parts give what they give together.
func TestMerge(t *testing.T) {
	t.Parallel()
	query := fulltext.ParseQuery("hop router", false)
	a, b := fulltext.NewScan(query), fulltext.NewScan(query)
	for i, text := range texts() {
		[]*fulltext.Scan{a, b}[i%2].Add(text)
	}
	a.Merge(b)
	if got, want := fmt.Sprint(a.Hits()), fmt.Sprint(scan(texts(), "hop router", false)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 50)
	for _, c := range []struct{ text, want string }{
		{"a <b>hop</b> & more", "a <b>[hop]</b> & more"},
		{long + "the hop is " + long, "… word word word word word word word the [hop] is" + strings.Repeat(" word", 30) + " …"},
		{"a\n  hop  \n\n limit", "a [hop] limit"},
		{"hop " + strings.Repeat("-", 5000), "[hop] " + strings.Repeat("-", 600) + "…"},
		{strings.Repeat("é", 5000) + " hop", strings.Repeat("é", 600) + "…[hop]"},
	} {
		text := &fulltext.Text{Sections: []fulltext.Section{{Paragraphs: []fulltext.Paragraph{{Text: c.text}}}}}
		hits := scan([]*fulltext.Text{text}, "hop", false)
		if len(hits) != 1 {
			t.Errorf("%.40s: %d hits", c.text, len(hits))
			continue
		}
		var got strings.Builder
		for _, p := range hits[0].Parts {
			if p.Marked {
				got.WriteString("[" + p.Text + "]")
			} else {
				got.WriteString(p.Text)
			}
		}
		if got.String() != c.want {
			t.Errorf("the excerpt is %q, want %q", got.String(), c.want)
		}
	}
}

// segment returns the files of a segment.
func segment(t testing.TB, all []*fulltext.Text) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := fulltext.WriteSegment("folder/0-a", func(yield func(*fulltext.Text, error) bool) {
		for _, text := range all {
			if !yield(text, nil) {
				return
			}
		}
	}, func(name string, content []byte) error {
		files[name] = bytes.Clone(content)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestSegment holds the files to what Format says they are: who changes them raises it, and these texts.
func TestSegment(t *testing.T) {
	t.Parallel()
	files := segment(t, texts())
	again := segment(t, texts())
	for name := range files {
		if !bytes.Equal(files[name], again[name]) {
			t.Errorf("%s differs when it is written again", name)
		}
	}
	// For each term: shared and own letters, texts, and for each of them the step to it and the weight.
	want := `format 1: "\x00\t192.0.2.1\x01\x03\x03\x00\x04abov\x01\x01\x02\x01\x06s_path\x01\x03\x01\x03\x03set\x01\x03\x02\x00\tdecrement\x03\x00\x02\x01\x02\x01\x02`
	if got := fmt.Sprintf("format %d: %q", fulltext.Format, plain(t, files["folder/0-a/documents0.js"])); !strings.HasPrefix(got, want) {
		t.Errorf("the documents are %s, want %s…", got, want)
	}
	for name, want := range map[string]string{
		"segment": `{"numbers":[1,1,1,1],"words":[8,11,8,4],"titles":[2,1,2,3],"parts":[1,1,1,1],"obsolete":[0],"bounds":["192.0.2.1"]}`,
		"rfc1-0": `{"title":"Hop limits","status":"","obsolete":true,"replacedBy":[3],"starts":[0],"sections":[{"number":"1","heading":"Rules",` +
			`"passages":["#Rules","!A router MUST decrement the hop limit."," Hosts set it."]}]}`,
	} {
		if got := plain(t, files["folder/0-a/"+name+".js"]); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if got := slices.Sorted(maps.Keys(files)); len(got) != 7 {
		t.Errorf("the files are %v", got)
	}
}

// plain returns the content of a file of a segment.
func plain(t testing.TB, script []byte) string {
	t.Helper()
	_, rest, ok := strings.Cut(string(script), `", "`)
	deflated, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(rest, "\");\n"))
	if !ok || err != nil {
		t.Fatalf("%.100s: %v", script, err)
	}
	content, err := io.ReadAll(flate.NewReader(bytes.NewReader(deflated)))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestLongText: a text is loaded in parts of a bounded number and size.
func TestLongText(t *testing.T) {
	t.Parallel()
	text := &fulltext.Text{Document: fulltext.Document{Number: 7}}
	for i := range 3000 {
		text.Sections = append(text.Sections, fulltext.Section{Number: fmt.Sprint(i), Heading: "Section", Paragraphs: []fulltext.Paragraph{{Text: strings.Repeat(fmt.Sprintf("w%d ", i), 200)}}})
	}
	parts := 0
	for name, content := range segment(t, []*fulltext.Text{text}) {
		if strings.Contains(name, "/rfc7-") {
			parts++
			if n := len(plain(t, content)); n > 3000*200*6/20 {
				t.Errorf("%s has %d bytes", name, n)
			}
		}
	}
	if parts < 20 || parts > 24 {
		t.Errorf("the text has %d parts", parts)
	}
}
