package rfcwatch_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/internal/testkit/collect"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch"
)

// milestoneAnswers are the objects that a stand-in of the API has, in the form of the Datatracker's ietf/doc/resources.py: by endpoint,
// and by the name of the document that a question asks for.
var milestoneAnswers = map[string]map[string][]string{
	"relateddocument/": {
		"rfc9001":                       {relationObject("became_rfc", "draft-ietf-x-one", "rfc9001")},
		"rfc9002":                       {relationObject("became_rfc", "draft-lone-two", "rfc9002")},
		"draft-ietf-x-one":              {relationObject("replaces", "draft-ietf-x-one", "draft-author-x-one")},
		"draft-author-x-one":            {relationObject("replaces", "draft-author-x-one", "draft-author-first")},
		"draft-author-first":            {relationObject("replaces", "draft-author-first", "draft-ietf-x-one")}, // a circle
		"not asked for: another source": {relationObject("replaces", "draft-other", "draft-other-before")},
	},
	"newrevisiondocevent/": {
		"draft-ietf-x-one":   {eventObject("draft-ietf-x-one", "new_revision", "00", "2019-05-01T23:30:00-07:00", "")},
		"draft-author-x-one": {eventObject("draft-author-x-one", "new_revision", "00", "2018-03-04T10:00:00Z", "")},
		"draft-author-first": {eventObject("draft-author-first", "new_revision", "00", "2018-01-02T10:00:00Z", "")},
		"draft-lone-two":     {eventObject("draft-lone-two", "new_revision", "00", "2020-02-03T10:00:00Z", "")},
	},
	"docevent/": {
		"draft-ietf-x-one": {eventObject("draft-ietf-x-one", "started_iesg_process", "07", "2021-02-03T10:00:00Z", ""),
			eventObject("draft-ietf-x-one", "rfc_editor_received_announcement", "09", "2021-09-11T10:00:00Z", "")},
	},
	"statedocevent/": {
		"draft-ietf-x-one": {eventObject("draft-ietf-x-one", "changed_state", "09", "2021-10-01T10:00:00Z", "draft-rfceditor"),
			eventObject("draft-ietf-x-one", "changed_state", "09", "2021-09-10T10:00:00Z", "draft-rfceditor")},
		"draft-lone-two": {eventObject("draft-lone-two", "changed_state", "04", "no time", "draft-rfceditor")},
	},
}

func relationObject(kind, source, target string) string {
	return fmt.Sprintf(`{"relationship":"/api/v1/name/docrelationshipname/%s/","source":"/api/v1/doc/document/%s/","target":"/api/v1/doc/document/%s/"}`, kind, source, target)
}

func eventObject(document, kind, revision, at, stateType string) string {
	state := "null"
	if stateType != "" {
		state = fmt.Sprintf(`"/api/v1/doc/statetype/%s/"`, stateType)
	}
	return fmt.Sprintf(`{"by":"/api/v1/person/person/1/","desc":"","doc":"/api/v1/doc/document/%s/","id":1,"rev":%q,"state_type":%s,"time":%q,"type":%q,"resource_uri":"/api/v1/doc/docevent/1/"}`,
		document, revision, state, at, kind)
}

// milestoneServer is the stand-in, with the questions that it was asked.
func milestoneServer(t *testing.T, asked *[]string) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.RequestURI())
		q := r.URL.Query()
		endpoint := strings.TrimPrefix(r.URL.Path, "/api/v1/doc/")
		var objects []string
		if q.Get("type") == "published_rfc" && q.Get("time__gte") == "2021-01-01" && q.Get("time__lt") == "2022-01-01" {
			for i, at := range []string{"2021-11-30T12:00:00Z", "2021-12-05T12:00:00Z", "2021-12-06T12:00:00Z"} {
				objects = append(objects, eventObject(fmt.Sprint("rfc", 9001+i), "published_rfc", "", at, ""))
			}
		}
		for _, names := range []string{"doc__name__in", "source__name__in", "target__name__in"} {
			for name := range strings.SplitSeq(q.Get(names), ",") {
				objects = append(objects, milestoneAnswers[endpoint][name]...)
			}
		}
		if q.Get("limit") != "500" {
			http.Error(w, "no limit", http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, `{"meta":{"limit":500,"next":null,"offset":0,"previous":null,"total_count":%d},"objects":[%s]}`, len(objects), strings.Join(objects, ","))
	}))
	t.Cleanup(server.Close)
	return server
}

// TestMilestones asks a stand-in for the RFCs of 2021: one went through a working group after two other names, one was independent, and of one
// no draft is known. What has no event has no row.
func TestMilestones(t *testing.T) {
	var asked []string
	server := milestoneServer(t, &asked)
	files := &archive.Archive{Dir: t.TempDir(), Client: impatient()}
	from := collectors.Source{Name: "milestones", Kind: "draft-milestones", URLs: []string{server.URL + "/api/v1/"}}
	early := time.Date(2022, 1, 20, 0, 0, 0, 0, time.UTC) // 2021 is not settled, and of 2020 the server has no RFC
	if _, err := collect.All(context.Background(), rfcwatch.Milestones{}, from, early, files); err == nil || !strings.Contains(err.Error(), "no RFC of 2020") {
		t.Errorf("a year without RFCs: %v", err)
	}
	later := time.Date(2022, 2, 20, 0, 0, 0, 0, time.UTC)
	asked = nil
	done, err := collect.All(context.Background(), rfcwatch.Milestones{}, from, later, files)
	if err != nil || done.New != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	if want := 1 + 1 + 3 + 3; len(asked) != want {
		t.Errorf("%d questions, want %d:\n%s", len(asked), want, strings.Join(asked, "\n"))
	}
	if due, err := (rfcwatch.Milestones{}).Due(context.Background(), from, later.AddDate(0, 3, 0), files); err != nil || len(due) != 0 {
		t.Errorf("asked for again: %v, %v", due, err)
	}
	store := tables.Store(t)
	made := decodeAll(t, files, store, rfcwatch.Milestones{})
	var got []string
	for _, m := range tables.Rows(t, store, datasets.DraftMilestones, made["draft_milestones"]) {
		got = append(got, fmt.Sprint(m.SnapshotDate.Format(time.DateOnly), " ", m.RFC, " ", m.Milestone, " ", m.Document, " ", m.Reached.Format(time.DateOnly)))
	}
	want := []string{
		"2022-02-20 9001 first-revision draft-author-first 2018-01-02", "2022-02-20 9001 adoption draft-ietf-x-one 2019-05-02", "2022-02-20 9001 iesg draft-ietf-x-one 2021-02-03",
		"2022-02-20 9001 queue draft-ietf-x-one 2021-09-10", "2022-02-20 9001 publication RFC9001 2021-11-30",
		"2022-02-20 9002 first-revision draft-lone-two 2020-02-03", "2022-02-20 9002 publication RFC9002 2021-12-05",
		"2022-02-20 9003 publication RFC9003 2021-12-06",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if m := made["draft_milestones"]; m.Rejected["an event without a time"] != 1 {
		t.Errorf("rejected %v", m.Rejected)
	}
}

// TestMilestonesDue: years are due one by one from the source's first on, three at a time, and none before RFC 1.
func TestMilestonesDue(t *testing.T) {
	files := &archive.Archive{Dir: t.TempDir()}
	for _, test := range []struct {
		since, now, want string
	}{
		{"", "2026-03-01", "2025"}, {"", "2026-01-31", "2024"}, {"2022-07-01", "2026-03-01", "2022 2023 2024"}, {"1950-01-01", "2026-03-01", "1969 1970 1971"}, {"2026-01-01", "2026-11-01", ""},
	} {
		from := collectors.Source{Name: "m", Kind: "draft-milestones", URLs: []string{"https://datatracker.example.net/api/v1"}}
		from.Since, _ = time.Parse(time.DateOnly, test.since)
		now, _ := time.Parse(time.DateOnly, test.now)
		due, err := rfcwatch.Milestones{}.Due(context.Background(), from, now, files)
		if err != nil {
			t.Fatal(err)
		}
		var years []string
		for _, item := range due {
			years = append(years, strings.TrimSuffix(strings.TrimPrefix(item.Name, "milestones-"), ".json"))
		}
		if got := strings.Join(years, " "); got != test.want {
			t.Errorf("since %q on %s: %q, want %q", test.since, test.now, got, test.want)
		}
	}
}

// TestMilestonesMalformed: a file that says of no RFC when it was published is refused by its name.
func TestMilestonesMalformed(t *testing.T) {
	for _, content := range []string{`{"meta":{},"objects":[]}`, `{"objects":[` + eventObject("draft-x", "published_rfc", "", "2020-01-01T00:00:00Z", "") + `]}`, "{", "<html>"} {
		path := filepath.Join(t.TempDir(), "milestones-2021.json")
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := tables.Decode(t, tables.Store(t), rfcwatch.Milestones{}, "", path, day); err == nil || !strings.Contains(err.Error(), "milestones-2021.json") {
			t.Errorf("%s: %v", content, err)
		}
	}
}
