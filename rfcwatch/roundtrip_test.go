package rfcwatch_test

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/internal/testkit"
)

// textCannotHold are the columns that rfc-index.txt has no place for.
func textCannotHold(r datasets.RFC) datasets.RFC {
	r.PublicationStatus, r.Stream, r.Area, r.WG, r.Draft, r.Abstract, r.ErrataURL = "", "", "", "", "", "", ""
	r.Keywords, r.Pages = nil, nil
	r.Source = ""
	return r
}

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}

var monthNames = []string{"", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

// asXML writes rows as rfc-index.xml: in the old form or the new, which differ in names, order and spelling.
func asXML(rows []datasets.RFC, relations map[uint32][]datasets.RFCRelation, old bool) string {
	var b strings.Builder
	namespace, number, ascii := "https://www.rfc-editor.org/rfc-index", "RFC%d", "TXT"
	if old {
		namespace, number, ascii = "http://www.rfc-editor.org/rfc-index", "RFC%04d", "ASCII"
	}
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rfc-index xmlns=%q>\n", namespace)
	for _, r := range rows {
		id := fmt.Sprintf("<doc-id>"+number+"</doc-id>\n", r.Number)
		if r.NotIssued {
			fmt.Fprintf(&b, "<rfc-not-issued-entry>%s</rfc-not-issued-entry>\n", id)
			continue
		}
		parts := []string{id, "<title>" + escape(r.Title) + "</title>\n"}
		for _, a := range r.Authors {
			name, editor := strings.CutSuffix(a, ", Ed.")
			author := "<author><name>" + escape(name) + "</name>"
			if editor {
				author += "<title>Editor</title>"
			}
			parts = append(parts, author+"</author>\n")
		}
		date := "<date>"
		if r.Month > 0 {
			date += "<month>" + monthNames[r.Month] + "</month>"
		}
		if r.Day > 0 {
			date += fmt.Sprintf("<day>%d</day>", r.Day)
		}
		parts = append(parts, date+fmt.Sprintf("<year>%d</year></date>\n", r.Year))
		format := "<format>"
		for _, f := range r.Formats {
			if f == "TXT" {
				f = ascii
			}
			format += "<file-format>" + escape(f) + "</file-format>"
		}
		parts = append(parts, format+"</format>\n")
		byRelation := map[string]string{}
		for _, x := range relations[r.Number] {
			target := x.Target
			if x.TargetNumber > 0 {
				target = fmt.Sprintf(number, x.TargetNumber)
			}
			byRelation[x.Relation] += "<doc-id>" + target + "</doc-id>"
		}
		for _, relation := range []string{"obsoletes", "obsoleted-by", "updates", "updated-by", "is-also", "see-also"} {
			if ids := byRelation[relation]; ids != "" {
				parts = append(parts, "<"+relation+">"+ids+"</"+relation+">\n")
			}
		}
		parts = append(parts, "<current-status>"+strings.ToUpper(r.Status)+"</current-status>\n<doi>"+escape(r.DOI)+"</doi>\n")
		if old { // any order of elements will do
			slices.Reverse(parts[:len(parts)-1])
			slices.SortStableFunc(parts, func(a, b string) int { // but authors keep theirs
				return cmp.Compare(strings.Count(b, "<author>"), strings.Count(a, "<author>"))
			})
			n := 0
			for n < len(parts) && strings.Contains(parts[n], "<author>") {
				n++
			}
			slices.Reverse(parts[:n])
		}
		b.WriteString("<rfc-entry>\n" + strings.Join(parts, "") + "</rfc-entry>\n")
	}
	b.WriteString("</rfc-index>\n")
	return b.String()
}

// TestRoundTrip writes the newest real text index as XML, in the old form and the new, and reads it back: the same rows
// and the same relations, for none of them says what the text could not hold.
func TestRoundTrip(t *testing.T) {
	at := time.Date(2025, 1, 14, 0, 0, 0, 0, time.UTC)
	fromText, relations, _, err := decode(t, testkit.Data(t, "rfc/rfc-index-txt/rfc-index.2025-01-14.txt.gz"), at)
	if err != nil {
		t.Fatal(err)
	}
	var rows []datasets.RFC
	for _, r := range fromText {
		rows = append(rows, r)
		if full := fmt.Sprint(r); full != fmt.Sprint(func() datasets.RFC { x := textCannotHold(r); x.Source = r.Source; return x }()) {
			t.Errorf("the text told more of RFC %d than it is said to hold: %s", r.Number, full)
		}
	}
	slices.SortFunc(rows, func(a, b datasets.RFC) int { return cmp.Compare(a.Number, b.Number) })
	byNumber := map[uint32][]datasets.RFCRelation{}
	for _, r := range relations {
		byNumber[r.Number] = append(byNumber[r.Number], r)
	}
	for _, old := range []bool{true, false} {
		path := filepath.Join(t.TempDir(), "rfc-index.xml")
		os.WriteFile(path, []byte(asXML(rows, byNumber, old)), 0o644)
		fromXML, back, _, err := decode(t, path, at)
		if err != nil {
			t.Fatal(err)
		}
		wrong := 0
		for _, r := range rows {
			if got, want := fmt.Sprint(textCannotHold(fromXML[r.Number])), fmt.Sprint(textCannotHold(r)); got != want && wrong < 5 {
				wrong++
				t.Errorf("old form %v, RFC %d:\n xml %s\ntext %s", old, r.Number, got, want)
			}
		}
		if len(fromXML) != len(rows) || len(rows) != 9686 {
			t.Errorf("old form %v: %d documents, %d in the text", old, len(fromXML), len(rows))
		}
		for i := range back {
			back[i].Source = "rfc-index.txt"
		}
		if !slices.Equal(back, relations) {
			t.Errorf("old form %v: %d relations, %d in the text", old, len(back), len(relations))
		}
	}
}
