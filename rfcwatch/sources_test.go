package rfcwatch_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/collect"
	"tidemark/internal/testkit/fuzz"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch"
	"tidemark/rfcwatch/dossier"
)

// TestErrata reads every real erratum. The counts are those of the file's status codes.
func TestErrata(t *testing.T) {
	store := tables.Store(t)
	m, err := tables.Decode(t, store, rfcwatch.Errata{}, "", testkit.Data(t, "rfc/errata.json.gz"), day)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	var of6052 []uint32
	for _, e := range tables.Rows(t, store, datasets.RFCErrata, m[0]) {
		count[e.Status]++
		count[e.Type]++
		if e.Number == 6052 {
			of6052 = append(of6052, e.ID)
			if e.ID == 5547 && (e.Section != "3.1" || e.Submitter != "Fred Baker" || e.Verifier != "Mirja Kühlewind" || e.Submitted.Format(time.DateOnly) != "2018-11-06" ||
				!strings.HasPrefix(e.Original, "   The Well-Known Prefix MUST NOT be used") || strings.Contains(e.Original, "\r")) {
				t.Errorf("erratum 5547: %+v", e)
			}
		}
	}
	if got := fmt.Sprint(count); got != "map[editorial:3681 held:2413 rejected:1156 reported:729 technical:4337 verified:3720]" {
		t.Errorf("statuses and types %s", got)
	}
	if want := []uint32{5415, 5547, 5984}; !slices.Equal(of6052, want) {
		t.Errorf("errata of RFC 6052 %d, want %d", of6052, want)
	}
	if m[0].Seen != 8018 {
		t.Errorf("%d records seen, want 8018", m[0].Seen)
	}
	if m[0].Kept != 8018 {
		t.Errorf("%d records kept, want 8018; rejected %v, damage %q", m[0].Kept, m[0].Rejected, m[0].Damage)
	}
	// One record alone is an array too.
	if m, err := tables.Decode(t, store, rfcwatch.Errata{}, "", testkit.Data(t, "rfc/errata-by-rfc/rfc8200.json"), day); err != nil || m[0].Rows == 0 {
		t.Errorf("the errata of RFC 8200: %v", err)
	}
}

// TestErrataDamage decodes damaged files: good records are kept, all others counted.
func TestErrataDamage(t *testing.T) {
	const good = `{"errata_id":"1","doc-id":"RFC0001","errata_status_code":"Verified","errata_type_code":"Technical","verifier_name":null}`
	for _, c := range []struct {
		content    string
		kept, seen int64
		damage     int
	}{
		{"[" + good + "]", 1, 1, 0},
		{`[` + good + `,{"errata_id":2,"doc-id":"RFC10007","errata_status_code":"Newest Kind"}]`, 2, 2, 0},
		{`[` + good + `,{"errata_id":"x","doc-id":"RFC1"},{"errata_id":"3","doc-id":"STD1"}]`, 1, 3, 2},
		{`[` + good + `,{"errata_id":"4","doc-id":7},` + strings.Replace(good, `"1"`, `"5"`, 1) + `]`, 2, 3, 1},
		{`[` + good + `,` + strings.Replace(good, "Technical", "Editorial", 1) + `]`, 1, 2, 0},
		{`[` + good + `,{"errata_id":"6",`, 1, 1, 1},
	} {
		path := filepath.Join(t.TempDir(), "errata.json")
		os.WriteFile(path, []byte(c.content), 0o644)
		m, err := tables.Decode(t, tables.Store(t), rfcwatch.Errata{}, "", path, day)
		if err != nil {
			t.Errorf("%s: %v", c.content, err)
			continue
		}
		if m[0].Seen != c.seen {
			t.Errorf("%s: %d records seen, want %d", c.content, m[0].Seen, c.seen)
		}
		if m[0].Kept != c.kept {
			t.Errorf("%s: %d records kept, want %d", c.content, m[0].Kept, c.kept)
		}
		if len(m[0].Damage) != c.damage {
			t.Errorf("%s: %d damaged places, want %d: %q", c.content, len(m[0].Damage), c.damage, m[0].Damage)
		}
	}
	for _, content := range []string{"", "{}", "[]", "<html>", `[{"errata_id":`} {
		path := filepath.Join(t.TempDir(), "errata.json")
		os.WriteFile(path, []byte(content), 0o644)
		if _, err := tables.Decode(t, tables.Store(t), rfcwatch.Errata{}, "", path, day); err == nil || !strings.Contains(err.Error(), "errata.json") {
			t.Errorf("%q: %v", content, err)
		}
	}
}

// TestDistilled reads every real rfcs.json.
func TestDistilled(t *testing.T) {
	for name, want := range map[string]int{"2018-12-05": 8315, "2019-12-28": 8503, "2020-12-19": 8710, "2022-12-21": 9146, "2023-12-23": 9319,
		"2024-12-29": 9494, "2025-12-25": 9702, "2026-08": 9819} {
		given := time.Time{}
		if name == "2026-08" { // the name tells no day
			given = day
		}
		rfcs, relations, m, err := decode(t, testkit.Data(t, "rfc/rfcs-json/rfcs."+name+".json.gz"), given)
		if err != nil {
			t.Fatal(err)
		}
		if len(rfcs) != want || m.Seen != int64(want) || len(m.Noted) > 0 {
			t.Errorf("%s: %d of %d, noted %v", name, len(rfcs), m.Seen, m.Noted)
		}
		r := rfcs[8200]
		if r.Title != "Internet Protocol, Version 6 (IPv6) Specification" || r.Status != "standards track" || r.Standing != "current" || r.Stream != "IETF" || r.Area != "int" || r.WG != "6man" || r.Source != "rfcs.json" {
			t.Errorf("%s: %+v", name, r)
		}
		if got := rfcs[6598].Status; got != "best current practice" {
			t.Errorf("%s: RFC 6598 is %q", name, got)
		}
		obsoletes := slices.ContainsFunc(relations, func(x datasets.RFCRelation) bool {
			return x.Number == 8200 && x.Relation == "obsoletes" && x.Target == "RFC2460"
		})
		if obsoletes != (name >= "2025") {
			t.Errorf("%s: RFC 8200 obsoletes RFC 2460: %v; only files since 2025 say so", name, obsoletes)
		}
	}
}

// TestDocuments reads the RFC Editor's rfcN.json, one document a file.
func TestDocuments(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rfc6052.json")
	os.WriteFile(path, []byte(`{"draft":"draft-ietf-behave-address-format-10","doc_id":"RFC6052","title":" IPv6 Addressing of IPv4/IPv6 Translators ","authors":["C. Bao","X. Li"],
 "format":["ASCII","HTML"],"page_count":"18","pub_status":"PROPOSED STANDARD","status":"PROPOSED STANDARD","source":"Behavior Engineering for Hindrance Avoidance","abstract":"Short.",
 "pub_date":"October 2010","keywords":["  "],"obsoletes":[],"obsoleted_by":[],"updates":["RFC4291"],"updated_by":[],"see_also":[],"doi":"10.17487/RFC6052","errata_url":null}`), 0o644)
	rfcs, relations, _, err := decode(t, path, day)
	if err != nil {
		t.Fatal(err)
	}
	r := rfcs[6052]
	if got := fmt.Sprint(r.Title, "|", r.Authors, r.Year, r.Month, *r.Pages, "|", r.Status, "|", r.PublicationStatus, "|", r.Draft, r.Formats, r.Keywords); got !=
		"IPv6 Addressing of IPv4/IPv6 Translators|[C. Bao X. Li] 2010 10 18|proposed standard|proposed standard|draft-ietf-behave-address-format-10[TXT HTML] []" {
		t.Error(got)
	}
	if len(relations) != 1 {
		t.Fatalf("%d relations, want 1: %+v", len(relations), relations)
	}
	if got := relations[0].Target; got != "RFC4291" {
		t.Errorf("relation with %s, want RFC4291", got)
	}
}

// standIn answers as the Datatracker's API does (ietf/doc/resources.py), two objects a page, with the ETags of Django's
// ConditionalGetMiddleware; and it has texts of drafts. What a draft would update or obsolete it does not know.
type standIn struct {
	*httptest.Server
	drafts    []standInDraft
	asked     []string // questions of which an answer was sent
	unchanged int      // answers that were 304
}

type standInDraft struct {
	name, revision string
	state          int // 1: active, 2: expired, 3: rfc
	group          string
	cites          []int
	replaces       string // name of a draft
	text           string // file
}

func newStandIn(t *testing.T, drafts ...standInDraft) *standIn {
	s := &standIn{drafts: drafts}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	return s
}

func (s *standIn) answer(w http.ResponseWriter, r *http.Request) {
	if name, is := strings.CutPrefix(r.URL.Path, "/archive/id/"); is {
		for _, d := range s.drafts {
			if name == d.name+"-"+d.revision+".txt" && d.text != "" {
				http.ServeFile(w, r, d.text)
				return
			}
		}
		http.NotFound(w, r)
		return
	}
	q := r.URL.Query()
	var objects []string
	document := func(d standInDraft) string {
		return fmt.Sprintf(`{"name":%q,"rev":%q,"title":"About <b>%s</b>","states":["/api/v1/doc/state/%d/","/api/v1/doc/state/20/","/api/v1/doc/state/99/"],
"stream":"/api/v1/name/streamname/ietf/","intended_std_level":"/api/v1/name/intendedstdlevelname/ps/","pages":9,"expires":"2026-05-01T00:00:00Z","time":"2025-11-01T10:00:00+01:00","rfc":null,"rfc_number":null,
"type":"/api/v1/name/doctypename/draft/","resource_uri":"/api/v1/doc/document/%s/"}`, d.name, d.revision, d.name, d.state, d.name)
	}
	switch kind := strings.TrimPrefix(r.URL.Path, "/api/v1/doc/"); {
	case kind == "state/":
		for i, slug := range []string{"active", "expired", "rfc"} {
			objects = append(objects, fmt.Sprintf(`{"slug":%q,"type":"/api/v1/doc/statetype/draft/","resource_uri":"/api/v1/doc/state/%d/"}`, slug, i+1))
		}
		objects = append(objects, `{"slug":"rfc-edit","type":"/api/v1/doc/statetype/draft-rfceditor/","resource_uri":"/api/v1/doc/state/20/"}`)
	case kind == "relateddocument/" && q.Get("source__type") == "rfc" && q.Get("target__name") == "rfc6052":
		objects = append(objects, `{"originaltargetaliasname":null,"relationship":"/api/v1/name/docrelationshipname/refnorm/","source":"/api/v1/doc/document/rfc8215/","target":"/api/v1/doc/document/rfc6052/"}`)
	case kind == "relateddocument/" && q.Get("relationship__slug") == "replaces":
		for _, d := range s.drafts {
			bySource := slices.Contains(strings.Split(q.Get("source__name__in"), ","), d.name)
			if byTarget := slices.Contains(strings.Split(q.Get("target__name__in"), ","), d.replaces); d.replaces != "" && (bySource || byTarget) {
				objects = append(objects, fmt.Sprintf(`{"originaltargetaliasname":null,"relationship":"/api/v1/name/docrelationshipname/replaces/","source":"/api/v1/doc/document/%s/","target":"/api/v1/doc/document/%s/"}`, d.name, d.replaces))
			}
		}
	case kind == "relateddocument/" && q.Get("source__states__slug") == "active":
		for _, d := range s.drafts {
			for i, n := range d.cites {
				if d.state == 1 && fmt.Sprint("rfc", n) == q.Get("target__name") {
					relation := []string{"refnorm", "refinfo"}[min(i, 1)]
					objects = append(objects, fmt.Sprintf(`{"originaltargetaliasname":null,"relationship":"/api/v1/name/docrelationshipname/%s/","source":"/api/v1/doc/document/%s/","target":"/api/v1/doc/document/rfc%d/"}`, relation, d.name, n))
				}
			}
		}
	case kind == "document/":
		for _, d := range s.drafts {
			byName := slices.Contains(strings.Split(q.Get("name__in"), ","), d.name)
			named := q.Has("name__regex") && regexp.MustCompile(q.Get("name__regex")).MatchString(d.name)
			ofGroup := q.Has("group__acronym") && q.Get("group__acronym") == d.group
			if byName || d.state == 1 && q.Get("states__slug") == "active" && (named || ofGroup) {
				objects = append(objects, document(d))
			}
		}
	}
	var offset int
	fmt.Sscan(q.Get("offset"), &offset)
	next := "null"
	if offset+2 < len(objects) {
		following := *r.URL
		q.Set("offset", fmt.Sprint(offset+2))
		following.RawQuery = q.Encode()
		next = fmt.Sprintf("%q", following.RequestURI())
	}
	page := fmt.Sprintf(`{"meta":{"next":%s},"objects":[%s]}`, next, strings.Join(objects[min(offset, len(objects)):min(offset+2, len(objects))], ","))
	etag := fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(page)))
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		s.unchanged++
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.asked = append(s.asked, strings.TrimPrefix(r.URL.RequestURI(), "/api/v1/doc/"))
	io.WriteString(w, page)
}

// impatient is a client that does not pause.
func impatient() *fetch.Client {
	return fetch.New(fetch.Options{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
}

// decodeAll decodes every file of a kind and returns the last partition of each dataset.
func decodeAll(t *testing.T, files *archive.Archive, store *table.Store, kind collectors.Kind) map[string]*table.Manifest {
	t.Helper()
	raws, err := files.List(kind.Name())
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]*table.Manifest{}
	for _, raw := range raws {
		into := store.Begin(raw.Input())
		if err := kind.Decode(context.Background(), raw, into); err != nil {
			t.Fatal(err)
		}
		all, err := into.Commit()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			made[m.Dataset] = m
		}
	}
	return made
}

// TestDatatracker asks a stand-in of the API, page by page: for active drafts that cite a watched RFC, are of a watched group, are named
// after a watched RFC or watched themselves. The next day it asks again only for what changed, and for drafts that are no longer active.
func TestDatatracker(t *testing.T) {
	server := newStandIn(t,
		standInDraft{name: "draft-ietf-one", revision: "03", state: 1, cites: []int{6052, 8215}}, standInDraft{name: "draft-two", revision: "03", state: 1, cites: []int{8215}},
		standInDraft{name: "draft-expired", revision: "03", state: 2, cites: []int{6052}}, standInDraft{name: "draft-ietf-v6ops-x", revision: "03", state: 1, group: "v6ops"},
		standInDraft{name: "draft-ietf-v6ops-rfc6052-bis", revision: "03", state: 1}, standInDraft{name: "draft-watched", revision: "03", state: 2},
		standInDraft{name: "draft-other", revision: "03", state: 1, cites: []int{1}}, standInDraft{name: "draft-three", revision: "03", state: 1, cites: []int{6052}})
	files := &archive.Archive{Dir: t.TempDir(), Client: impatient()}
	from := collectors.Source{Name: "drafts", Kind: "datatracker", URLs: []string{server.URL + "/api/v1/"}, Settings: &rfcwatch.DatatrackerSettings{Groups: []string{"v6ops"}},
		Runtime: collectors.Runtime{Watch: collectors.Watch{RFCs: []int{6052, 8215}, Drafts: []string{"draft-watched"}}}}
	collectOn := func(day time.Time) collectors.Fetched {
		t.Helper()
		server.asked, server.unchanged = nil, 0
		done, err := collect.All(context.Background(), rfcwatch.Datatracker{}, from, day, files)
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	if done := collectOn(day); done.New != 1 {
		t.Fatalf("%d files fetched, want 1", done.New)
	}
	if least := (rfcwatch.Datatracker{}).Requests(from); least != 1+2*2+1+1+1+1+1 || len(server.asked) < least {
		t.Errorf("%d requests, at least %d were told of", len(server.asked), least)
	}
	if due, err := (rfcwatch.Datatracker{}).Due(context.Background(), from, day, files); err != nil || len(due) > 0 {
		t.Errorf("due twice a day: %+v, %v", due, err)
	}
	store := tables.Store(t)
	made := decodeAll(t, files, store, rfcwatch.Datatracker{})
	var got []string
	for _, d := range tables.Rows(t, store, datasets.Drafts, made["drafts"]) {
		got = append(got, fmt.Sprint(d.Name, " ", d.Revision, " ", d.State, " ", d.RFCEditorState, " ", d.Stream, " ", d.IntendedStatus, " ", *d.Pages, " ", d.Expires.Format(time.DateOnly), " ", d.Changed.Format(time.RFC3339)))
	}
	const rest = " rfc-edit ietf ps 9 2026-05-01 2025-11-01T09:00:00Z"
	want := []string{"draft-ietf-one 03 active" + rest, "draft-ietf-v6ops-rfc6052-bis 03 active" + rest, "draft-ietf-v6ops-x 03 active" + rest,
		"draft-three 03 active" + rest, "draft-two 03 active" + rest, "draft-watched 03 expired" + rest}
	if !slices.Equal(got, want) {
		t.Errorf("drafts\n%s", strings.Join(got, "\n"))
	}
	var relations []string
	for _, r := range tables.Rows(t, store, datasets.DraftRelations, made["draft_relations"]) {
		relations = append(relations, fmt.Sprint(r.Source, " ", r.Relation, " ", r.Target, " ", r.TargetNumber))
	}
	if want := []string{"RFC8215 normative RFC6052 6052", "draft-ietf-one informative RFC8215 8215", "draft-ietf-one normative RFC6052 6052", "draft-three normative RFC6052 6052", "draft-two normative RFC8215 8215"}; !slices.Equal(relations, want) {
		t.Errorf("relations\n%s", strings.Join(relations, "\n"))
	}
	// Nothing changed: everything is 304, and nothing is kept.
	if done := collectOn(day.AddDate(0, 0, 1)); done.New != 0 || done.Unchanged != 1 || len(server.asked) != 0 || server.unchanged == 0 {
		t.Errorf("%+v, answers to %q, %d unchanged", done, server.asked, server.unchanged)
	}
	// A draft becomes an RFC and is no longer among those that cite: its end is asked for.
	server.drafts[1].state = 3
	if done := collectOn(day.AddDate(0, 0, 2)); done.New != 1 || len(server.asked) > 3 || server.unchanged < 5 {
		t.Errorf("%+v, answers to %q, %d unchanged", done, server.asked, server.unchanged)
	}
	made = decodeAll(t, files, store, rfcwatch.Datatracker{})
	states := map[string]string{}
	for _, d := range tables.Rows(t, store, datasets.Drafts, made["drafts"]) {
		states[d.Name] = d.State
	}
	if states["draft-two"] != "rfc" || states["draft-ietf-one"] != "active" {
		t.Errorf("states %v", states)
	}
	// A group adopts the watched draft, and the author of another one renames it: both names are known, the first without being asked for.
	server.drafts = append(server.drafts, standInDraft{name: "draft-ietf-watched", revision: "00", state: 1, replaces: "draft-watched"})
	server.drafts[0].replaces = "draft-before-one"
	if done := collectOn(day.AddDate(0, 0, 3)); done.New != 1 {
		t.Errorf("%+v", done)
	}
	made = decodeAll(t, files, store, rfcwatch.Datatracker{})
	relations = nil
	for _, r := range tables.Rows(t, store, datasets.DraftRelations, made["draft_relations"]) {
		if r.Relation == "replaces" {
			relations = append(relations, r.Source+" "+r.Target)
		}
	}
	if want := []string{"draft-ietf-one draft-before-one", "draft-ietf-watched draft-watched"}; !slices.Equal(relations, want) {
		t.Errorf("replaced: %q, want %q", relations, want)
	}
	if !slices.ContainsFunc(tables.Rows(t, store, datasets.Drafts, made["drafts"]), func(d datasets.Draft) bool { return d.Name == "draft-ietf-watched" }) {
		t.Error("the successor of the watched draft was not asked for")
	}
}

// TestPendingTexts goes the way of the default watch list: the Datatracker tells only that drafts cite RFCs, their texts say what they would
// change, and each text is fetched once.
func TestPendingTexts(t *testing.T) {
	const texts = "../internal/lab/replica/drafts/"
	server := newStandIn(t,
		standInDraft{name: "draft-ietf-v6ops-nat64-wkp-1918", revision: "08", state: 1, group: "v6ops", cites: []int{6052, 6146}, text: texts + "draft-ietf-v6ops-nat64-wkp-1918-08.txt"},
		standInDraft{name: "draft-ietf-v6ops-rfc6146-bis", revision: "09", state: 1, group: "v6ops", cites: []int{6146}, text: texts + "draft-ietf-v6ops-rfc6146-bis-09.txt"},
		standInDraft{name: "draft-silent", revision: "00", state: 1, cites: []int{6052}})
	files := &archive.Archive{Dir: t.TempDir(), Client: impatient()}
	watch := collectors.Runtime{Watch: collectors.Watch{RFCs: []int{6052, 6146}}}
	drafts := collectors.Source{Name: "drafts", Kind: "datatracker", URLs: []string{server.URL + "/api/v1/"}, Runtime: watch}
	textsOf := collectors.Source{Name: "draft-texts", Kind: "rfc-texts", URLs: []string{server.URL + "/archive/id/{draft}.txt"}, Runtime: watch}
	if due, err := (rfcwatch.Texts{}).Due(context.Background(), textsOf, day, files); err != nil || len(due) != 0 {
		t.Errorf("before the Datatracker was asked: %v, %v", due, err)
	}
	if _, err := collect.All(context.Background(), rfcwatch.Datatracker{}, drafts, day, files); err != nil {
		t.Fatal(err)
	}
	due, err := (rfcwatch.Texts{}).Due(context.Background(), textsOf, day, files)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, item := range due {
		names = append(names, item.Name)
	}
	if want := []string{"draft-ietf-v6ops-rfc6146-bis-09.txt", "draft-ietf-v6ops-nat64-wkp-1918-08.txt", "draft-silent-00.txt"}; !slices.Equal(names, want) {
		t.Errorf("due %q, want %q", names, want)
	}
	done, err := collect.All(context.Background(), rfcwatch.Texts{}, textsOf, day, files)
	if done.New != 2 || err == nil || !strings.Contains(err.Error(), "draft-silent-00.txt") {
		t.Errorf("%+v, %v", done, err)
	}
	if due, err = (rfcwatch.Texts{}).Due(context.Background(), textsOf, day.AddDate(0, 0, 1), files); err != nil || len(due) != 1 {
		t.Errorf("the next day %v is due, %v", due, err)
	}
	store := tables.Store(t)
	decodeAll(t, files, store, rfcwatch.Datatracker{})
	decodeAll(t, files, store, rfcwatch.Texts{})
	all, series, err := dossier.Read(store, []int{6052, 6146})
	if err != nil {
		t.Fatal(err)
	}
	if !series.DraftsDay.Equal(day) {
		t.Errorf("the drafts are of %v", series.DraftsDay)
	}
	var got []string
	for _, r := range all {
		got = append(got, fmt.Sprintf("RFC %d: cited by %d, unread %d", r.Number, r.Cited, len(r.Unread)))
		for _, d := range r.Drafts {
			got = append(got, fmt.Sprintf("%s-%s %s by %s of %s, dated %s", d.Name, d.Revision, d.Intent.Relation, d.Intent.KnownBy, d.Read, d.Intent.Dated.Format(time.DateOnly)))
			for _, p := range d.Passages {
				got = append(got, fmt.Sprintf("  %s %s %.60s", p.Section, p.Quote, p.Text))
			}
		}
	}
	want := `RFC 6052: cited by 2, unread 1
draft-ietf-v6ops-nat64-wkp-1918-08 updates by header of 08, dated 2026-07-23
  3  This document updates Section 3.1 of [RFC6052] ("Restriction
  3 OLD The Well-Known Prefix MUST NOT be used to represent non-glob
  3 NEW The Well-Known Prefix MAY be used to represent the non-globa
  3 NEW Unmanaged client-side translators (CLATs) MUST translate pac
  3 NEW Provider-side translators (PLATs) MUST translate such packet
  3  Removing the requirement introduced in RFC 6052 Section 3.1 
RFC 6146: cited by 2, unread 0
draft-ietf-v6ops-rfc6146-bis-09 obsoletes by header of 09, dated 2026-07-01
  1  Stateful NAT64 [RFC6146] has been deployed for more than a d
  2  The following text of Section 3.5 of [RFC6146] is replaced.
  2 OLD A NAT64 MUST NOT do what this sentence of the replica forbid
  2 NEW A NAT64 MAY do what this sentence of the replica allows.`
	if all := strings.Join(got, "\n"); all != want {
		t.Errorf("got\n%s\nwant\n%s", all, want)
	}
}

// TestDatatrackerElsewhere asks servers whose next page is on another server, or is always the same: both are errors.
func TestDatatrackerElsewhere(t *testing.T) {
	for _, next := range []string{"http://192.0.2.1/api/v1/doc/state/", "/api/v1/doc/state/?again"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"meta":{"next":%q},"objects":[]}`, next)
		}))
		from := collectors.Source{Name: "drafts", Kind: "datatracker", URLs: []string{server.URL + "/api/v1/"}}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		_, err := collect.All(ctx, rfcwatch.Datatracker{}, from, day, &archive.Archive{Dir: t.TempDir(), Client: impatient()})
		cancel()
		server.Close()
		if err == nil || !strings.Contains(err.Error(), "another server") && !strings.Contains(err.Error(), "too many answers") {
			t.Errorf("%s: %v", next, err)
		}
	}
}

func TestTexts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "draft-one-two-07.txt")
	os.WriteFile(path, []byte("1.  Rules\n\n   You MUST. You may.\n"), 0o644)
	store := tables.Store(t)
	m, err := tables.Decode(t, store, rfcwatch.Texts{}, "", path, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	p, s := tables.Rows(t, store, datasets.Paragraphs, m[0]), tables.Rows(t, store, datasets.Statements, m[1])
	if len(p) != 1 || p[0].Document != "draft-one-two" || p[0].Revision != "07" || p[0].Section != "1" || !slices.Equal(p[0].Requirements, []string{"MUST"}) {
		t.Errorf("%+v", p)
	}
	if len(s) != 1 || s[0].Text != "You MUST." || s[0].Strength != "must" {
		t.Errorf("%+v", s)
	}
	const published = `<rfc version="3" number="9001"><front><title>One</title></front><middle><section pn="section-1"><name>Rules</name><t>You <bcp14>MUST</bcp14>.</t></section></middle></rfc>`
	path = filepath.Join(t.TempDir(), "rfc9001.xml")
	os.WriteFile(path, []byte(published), 0o644)
	if m, err = tables.Decode(t, store, rfcwatch.Texts{}, "", path, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if p := tables.Rows(t, store, datasets.Paragraphs, m[0]); len(p) != 2 || p[1].Document != "RFC9001" || p[1].Section != "1" || !slices.Equal(p[1].Requirements, []string{"MUST"}) {
		t.Errorf("%+v", p)
	}
	for name, content := range map[string]string{"notes.txt": "x", "rfc1.txt": "", "rfc2.txt": "<!DOCTYPE html>", "rfc9002.xml": published, "rfc9003.xml": "<rfc>"} {
		path := filepath.Join(t.TempDir(), name)
		os.WriteFile(path, []byte(content), 0o644)
		if _, err := tables.Decode(t, store, rfcwatch.Texts{}, "", path, time.Time{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDueXML: an address of XML is one for each watched RFC that is published so.
func TestDueXML(t *testing.T) {
	from := collectors.Source{Name: "texts", Kind: "rfc-texts", URLs: []string{"https://www.example.net/rfc{rfc}.txt", "https://www.example.net/rfc{rfc}.xml"},
		Runtime: collectors.Runtime{Watch: collectors.Watch{RFCs: []int{8649, 8650}}}}
	due, err := rfcwatch.Texts{}.Due(context.Background(), from, day, &archive.Archive{Dir: t.TempDir()})
	var names []string
	for _, item := range due {
		names = append(names, item.Name)
	}
	if want := []string{"rfc8649.txt", "rfc8650.txt", "rfc8650.xml"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("due %q, %v; want %q", names, err, want)
	}
}

// FuzzSources decodes anything as errata, answers of the Datatracker and texts.
func FuzzSources(t *testing.F) {
	f := fuzz.With(t)
	f.Add([]byte(`[{"errata_id":"1","doc-id":"RFC0001","errata_status_code":"Verified","errata_type_code":"Technical","submit_date":"2018-07-01","update_date":"2020-01-16 10:40:11"}]`))
	f.Add([]byte(`{"meta":{"next":null},"objects":[{"name":"draft-x","rev":"01","states":["/api/v1/doc/state/1/"],"rfc_number":1}]}`))
	f.Add([]byte(`{"objects":[{"relationship":"/a/updates/","source":"/b/draft-x/","target":"/b/rfc6052/"},{"slug":"active","type":"/t/draft/","resource_uri":"/api/v1/doc/state/1/"}]}`))
	f.Add([]byte("1.  Rules\n\n   You MUST.\n\f\nRFC 1    x    1969\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(dir, "rfc1.txt")
		os.WriteFile(path, b, 0o644)
		for _, c := range []collectors.Kind{rfcwatch.Errata{}, rfcwatch.Datatracker{}, rfcwatch.Texts{}} {
			raw, err := archive.RawFile(c.Name(), "", path, day)
			if err != nil {
				t.Fatal(err)
			}
			into := (&table.Store{Dir: dir}).Begin(raw.Input())
			c.Decode(context.Background(), raw, into)
			into.Abort()
		}
	})
}

// TestTrialSources reads files that were refused or misread once: errata whose sections are numbers, a number that was not
// issued, a day of publication, and an index of another series.
func TestTrialSources(t *testing.T) {
	store := tables.Store(t)
	m, err := tables.Decode(t, store, rfcwatch.Errata{}, "", testkit.Data(t, "trials/rfc/errata-numeric-section.2021-09-29.json"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	sections := map[uint32]string{}
	for _, e := range tables.Rows(t, store, datasets.RFCErrata, m[0]) {
		sections[e.ID] = e.Section
	}
	if m[0].Seen != m[0].Kept || sections[679] != "99" || sections[5193] != "2" {
		t.Errorf("%d of %d errata, sections %v", m[0].Kept, m[0].Seen, sections)
	}
	for name, want := range map[string]string{"rfc14": "14 true 0-0-0", "rfc1097": "1097 false 1989-4-1"} {
		rfcs, _, _, err := decode(t, testkit.Data(t, "trials/rfc/"+name+".json"), day)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rfcs {
			if got := fmt.Sprintf("%d %v %d-%d-%d", r.Number, r.NotIssued, r.Year, r.Month, r.Day); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
	for _, name := range []string{"bcp", "std", "fyi"} {
		_, _, _, err := decode(t, testkit.Data(t, "rfc/"+name+"-index.2026-06-12.txt.gz"), day)
		if err == nil || !strings.Contains(err.Error(), "this is the "+strings.ToUpper(name)+" INDEX") {
			t.Errorf("the index of %s: %v", name, err)
		}
	}
}
