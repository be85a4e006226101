package replica

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"
)

// drafts are the texts of two drafts. That of draft-ietf-v6ops-nat64-wkp-1918 is an excerpt of its editors' build of 23 July 2026
// (github.com/furry13/6052-update-wkp1918, commit 7e21ff2d), with a revision in place of "latest"; the other's header is in the real form
// and its sentences are the replica's.
//
//go:embed drafts/*.txt
var drafts embed.FS

// tracked are the drafts that the replica's Datatracker has, with the RFCs that they cite. Like the real one it knows nothing of what
// they would update or obsolete.
var tracked = []struct {
	name, revision, title, changed, expires string
	states                                  []int
	normative, informative                  []int
}{
	{"draft-ietf-v6ops-nat64-wkp-1918", "08", "NAT64 WKP", "2026-08-12T09:00:00Z", "2027-01-24T00:00:00Z", []int{1, 7}, []int{6052}, []int{6146, 6147, 6877, 7050, 8781, 8215, 6598, 6890}},
	{"draft-ietf-v6ops-rfc6146-bis", "09", "Stateful NAT64: Network Address and Protocol Translation from IPv6 Clients to IPv4 Servers", "2026-07-01T09:00:00Z", "2027-01-02T00:00:00Z", []int{1, 12}, []int{6146, 6052}, []int{6147}},
}

// trackerStates are some of the states that the Datatracker numbers.
var trackerStates = []struct {
	number     int
	kind, slug string
}{
	{1, "draft", "active"}, {2, "draft", "expired"}, {3, "draft", "rfc"}, {7, "draft-iesg", "idexists"}, {12, "draft-iesg", "lc"}, {20, "draft-rfceditor", "edit"},
}

// datatracker returns the Datatracker's answers in the form of its API (ietf/doc/resources.py of ietf-tools/datatracker), and the texts
// of the drafts. nginx serves a file for each question and an empty answer to every other.
func datatracker() (all []publication) {
	answer := func(question string, objects ...any) {
		place := "/api/v1/doc/" + strings.Replace(question, "?", "", 1) + ".json"
		all = append(all, publication{Datatracker, place, time.Unix(0, 0), func() ([]byte, error) { return trackerPage(objects) }})
	}
	all = append(all, publication{Datatracker, "/api/v1/index.json", time.Unix(0, 0), func() ([]byte, error) { return trackerPage([]any{}) }})
	var states, documents []any
	for _, s := range trackerStates {
		states = append(states, map[string]any{"id": s.number, "slug": s.slug, "type": "/api/v1/doc/statetype/" + s.kind + "/", "resource_uri": fmt.Sprintf("/api/v1/doc/state/%d/", s.number)})
	}
	answer("state/?limit=500", states...)
	citing := map[int][]any{}
	var cited []int
	id := 0
	cite := func(kind, draft string, rfcs []int) {
		for _, n := range rfcs {
			if citing[n] == nil {
				cited = append(cited, n)
			}
			id++
			citing[n] = append(citing[n], map[string]any{"id": id, "originaltargetaliasname": nil, "relationship": "/api/v1/name/docrelationshipname/" + kind + "/",
				"resource_uri": fmt.Sprintf("/api/v1/doc/relateddocument/%d/", id), "source": "/api/v1/doc/document/" + draft + "/", "target": fmt.Sprintf("/api/v1/doc/document/rfc%d/", n)})
		}
	}
	for _, d := range tracked {
		cite("refnorm", d.name, d.normative)
		cite("refinfo", d.name, d.informative)
		var of []string
		for _, n := range d.states {
			of = append(of, fmt.Sprintf("/api/v1/doc/state/%d/", n))
		}
		documents = append(documents, map[string]any{"name": d.name, "rev": d.revision, "title": d.title, "states": of, "stream": "/api/v1/name/streamname/ietf/",
			"group": "/api/v1/group/group/1452/", "intended_std_level": "/api/v1/name/intendedstdlevelname/ps/", "pages": 9, "time": d.changed, "expires": d.expires,
			"rfc": nil, "rfc_number": nil, "type": "/api/v1/name/doctypename/draft/", "resource_uri": "/api/v1/doc/document/" + d.name + "/"})
	}
	for _, n := range cited {
		answer(fmt.Sprintf("relateddocument/?limit=500&target__name=rfc%d&source__type=draft&source__states__type=draft&source__states__slug=active", n), citing[n]...)
	}
	answer("document/?limit=500&type=draft&states__type=draft&states__slug=active&group__acronym=v6ops", documents...)
	for _, d := range tracked {
		file := d.name + "-" + d.revision + ".txt"
		all = append(all, publication{IETF, "/archive/id/" + file, time.Unix(0, 0), func() ([]byte, error) { return drafts.ReadFile(path.Join("drafts", file)) }})
	}
	return all
}

func trackerPage(objects []any) ([]byte, error) {
	return json.Marshal(map[string]any{"meta": map[string]any{"limit": 500, "next": nil, "offset": 0, "previous": nil, "total_count": len(objects)}, "objects": objects})
}
