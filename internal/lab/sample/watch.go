package sample

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
)

// texts are those of the watched RFCs, whole and unmodified, as the IETF Trust's Legal Provisions allow.
//
//go:embed texts/*.txt
var texts embed.FS

// standardsFiles are the texts of RFCs, which are real, and errata, answers of the Datatracker and a draft: written for the sample, in
// the formats of the real ones. Numbers and verdicts of the errata are those of RFC 6052.
func standardsFiles() (map[string][]byte, error) {
	files := map[string][]byte{
		"errata.2020-01-01.json": errata(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)),
		"errata.2025-01-01.json": errata(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)),
	}
	for i, day := range []time.Time{time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)} {
		files["datatracker."+day.Format(time.DateOnly)+".json"] = tracker(day, i+1)
		files[fmt.Sprintf("%s-%02d.txt", draftName, i+1)] = draftText(i+1, day)
	}
	files["milestones.json"] = milestones()
	rfcs, err := fs.Glob(texts, "texts/*.txt")
	if err != nil {
		return nil, err
	}
	for _, name := range rfcs {
		if files[path.Base(name)], err = texts.ReadFile(name); err != nil {
			return nil, err
		}
	}
	return files, nil
}

const draftName = "draft-ietf-sample-translation-prefix"

type sampleErratum struct {
	ID        string  `json:"errata_id"`
	Doc       string  `json:"doc-id"`
	Status    string  `json:"errata_status_code"`
	Type      string  `json:"errata_type_code"`
	Section   string  `json:"section"`
	Original  string  `json:"orig_text"`
	Corrected string  `json:"correct_text"`
	Notes     string  `json:"notes"`
	Submitted string  `json:"submit_date"`
	Submitter string  `json:"submitter_name"`
	VerifierI string  `json:"verifier_id"`
	Verifier  *string `json:"verifier_name"`
	Updated   *string `json:"update_date"`
}

// errata returns the errata.json of a day.
func errata(at time.Time) []byte {
	all := []sampleErratum{}
	for _, e := range []struct{ id, section, original, corrected, submitted, judged string }{
		{"5415", "2.2", "These bits MUST be set to zero.", "[This should be removed.]", "2018-07-01", "2020-01-16 10:40:11"},
		{"5547", "3.1", "The prefix MUST NOT stand for <non-global> addresses & must drop them.", "[This should be removed.]", "2018-11-06", "2019-09-10 16:09:03"},
		{"5984", "3.3", "SHOULD assign\n   a Network-Specific Prefix to their IPv4/IPv6 translation service.", "SHOULD assign\n   a Network-Specific Prefix to this service alone.", "2020-02-16", "2020-02-17 09:26:25"},
	} {
		if e.submitted > at.Format(time.DateOnly) {
			continue
		}
		x := sampleErratum{ID: e.id, Doc: "RFC6052", Status: "Reported", Type: "Technical", Section: e.section, Original: e.original, Corrected: e.corrected,
			Notes: "The sample's words, not the reporter's.", Submitted: e.submitted, Submitter: "A. Reporter"}
		if e.judged < at.Format(time.DateOnly) {
			verifier, judged := "A. Verifier", e.judged
			x.Status, x.Verifier, x.Updated = "Rejected", &verifier, &judged
		}
		all = append(all, x)
	}
	b, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		panic(err) // plain values always marshal
	}
	return append(b, '\n')
}

// page returns a page of an answer of the Datatracker's API.
func page(objects ...any) string {
	b, err := json.Marshal(map[string]any{"meta": map[string]any{"limit": 200, "next": nil, "offset": 0, "previous": nil, "total_count": len(objects)}, "objects": objects})
	if err != nil {
		panic(err) // plain values always marshal
	}
	return string(b) + "\n"
}

// relation returns a relation of two documents in the form of the API.
func relation(kind, source, target string) map[string]any {
	return map[string]any{"relationship": "/api/v1/name/docrelationshipname/" + kind + "/", "source": "/api/v1/doc/document/" + source + "/", "target": "/api/v1/doc/document/" + target + "/"}
}

// tracker returns the answers of the Datatracker's API on a day: states, relations and documents, one page each.
func tracker(at time.Time, revision int) []byte {
	state := func(number int, kind, slug string) map[string]any {
		return map[string]any{"id": number, "slug": slug, "type": "/api/v1/doc/statetype/" + kind + "/", "resource_uri": fmt.Sprintf("/api/v1/doc/state/%d/", number)}
	}
	return []byte(page(state(1, "draft", "active"), state(2, "draft", "expired"), state(7, "draft-iesg", "pub-req")) +
		page(relation("refnorm", draftName, "rfc6052"), relation("refnorm", draftName, "rfc8215")) +
		page(map[string]any{
			"name": draftName, "rev": fmt.Sprintf("%02d", revision), "title": "A Translation Prefix for the Sample", "type": "/api/v1/name/doctypename/draft/",
			"states": []string{"/api/v1/doc/state/1/"}, "stream": "/api/v1/name/streamname/ietf/", "intended_std_level": "/api/v1/name/intendedstdlevelname/ps/",
			"pages": 4 + revision, "time": at.AddDate(0, -1, 0).Format(time.RFC3339), "expires": at.AddDate(0, 5, 0).Format(time.RFC3339),
			"resource_uri": "/api/v1/doc/document/" + draftName + "/",
		}))
}

// milestones returns the answers of the Datatracker's API about the drafts of the sample's RFCs since 2017. The days are invented. One RFC
// has no day in the RFC Editor's queue, and one was adopted by no group.
func milestones() []byte {
	const withoutQueue, notAdopted = 8781, 8880
	var relations, events []any
	for _, s := range standards {
		if s.year < 2017 {
			continue
		}
		published := time.Date(s.year, s.month, 15, 12, 0, 0, 0, time.UTC)
		event := func(document, kind, revision, stateType string, before int) {
			x := map[string]any{"doc": "/api/v1/doc/document/" + document + "/", "type": kind, "rev": revision, "time": published.AddDate(0, 0, -before).Format(time.RFC3339),
				"resource_uri": fmt.Sprintf("/api/v1/doc/docevent/%d/", len(events)+1)}
			if stateType != "" {
				x["state_type"] = "/api/v1/doc/statetype/" + stateType + "/"
			}
			events = append(events, x)
		}
		rfc, own, draft := fmt.Sprintf("rfc%d", s.number), fmt.Sprintf("draft-reporter-sample-%d", s.number), fmt.Sprintf("draft-ietf-sample-%d", s.number)
		if s.number == notAdopted {
			draft = own
		} else {
			relations = append(relations, relation("replaces", draft, own))
			event(draft, "new_revision", "00", "", 600+s.number%250)
		}
		relations = append(relations, relation("became_rfc", draft, rfc))
		event(own, "new_revision", "00", "", 900+s.number%300)
		event(draft, "started_iesg_process", "05", "", 250+s.number%70)
		if s.number != withoutQueue {
			event(draft, "changed_state", "07", "draft-rfceditor", 90+s.number%40)
		}
		event(rfc, "published_rfc", "", "", 0)
	}
	return []byte(page(relations...) + page(events...))
}

// draftText returns a revision of the draft, with page breaks like those of real drafts.
func draftText(revision int, at time.Time) []byte {
	requirement := "A translator MUST NOT send such packets to other networks, and SHOULD\n   count those that it drops."
	if revision > 1 {
		requirement = "A translator SHOULD NOT send such packets to other networks unless\n   it is told to, and MUST count those that it drops."
	}
	var b strings.Builder
	updates := "                           " // the second revision says what it would change
	if revision > 1 {
		updates = "Updates: 6052 (if approved)"
	}
	fmt.Fprintf(&b, "Sample Group                                                 A. Reporter\nInternet-Draft                                                 Somewhere\n%s%45s\nIntended status: Standards Track\nExpires: %s\n\n\n",
		updates, at.Format("2 January 2006"), at.AddDate(0, 5, 0).Format("2 January 2006"))
	fmt.Fprintf(&b, "             A Translation Prefix for the Sample\n              %s-%02d\n\n", draftName, revision)
	b.WriteString("Abstract\n\n   This is not a draft of the IETF, but a text of the sample: it shows how\n   two revisions are compared.\n\n")
	b.WriteString("1.  Introduction\n\n   RFC 6052 reserves a prefix for translators.  The sample has a draft\n   that would change what they do with private addresses and\n")
	b.WriteString("\n\n\nReporter                  Expires next year                 [Page 1]\n\f\n")
	fmt.Fprintf(&b, "Internet-Draft                 Sample Prefix               %s\n\n\n", at.Format("January 2006"))
	b.WriteString("   behind which translators they may stand.\n\n")
	b.WriteString("2.  Requirements\n\n   " + requirement + "\n\n")
	if revision > 1 {
		b.WriteString("   Operators MAY choose another prefix.\n\n")
		b.WriteString("   This replaces a sentence of Section 3.1 of RFC 6052:\n\n   OLD:\n\n      Translators MUST drop them.\n\n   NEW:\n\n      Translators MAY translate them.\n\n")
	}
	b.WriteString("3.  Security Considerations\n\n   There are none: nobody implements this.\n")
	return []byte(b.String())
}
