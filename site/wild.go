package site

import (
	"slices"

	"tidemark/analysis"
	"tidemark/site/publish"
)

const wildPath = "rfcs/wild.html"

// practice is what is measured of the use of a standard.
type practice struct {
	rfc      int    // 0: a draft
	draft    string // its name
	what     string // that is counted, of which whole
	question string
	figure   analysis.Figure
}

// carried is the share of the entries of the IPv4 table that carry an attribute.
func carried(attribute string) analysis.Figure {
	return analysis.Figure{Column: "entries", Over: "table_entries", Unit: "%", Where: map[string]string{"family": "4", "attribute": attribute}, Highest: "full_feed_ases"}
}

// measure returns the figure and the answer that it is of; nil if there are no data.
func (p practice) measure(answers []*analysis.Answer) (*analysis.Answer, *analysis.AnsweredFigure) {
	at := slices.IndexFunc(answers, func(a *analysis.Answer) bool { return a.Question.Slug == p.question })
	if at < 0 || answers[at].Result == nil {
		return nil, nil
	}
	return answers[at], answers[at].Yearly(p.figure)
}

// unseen returns the practices of which there are no data.
func unseen(answers []*analysis.Answer) (all []unseenPractice) {
	for _, p := range practices {
		if _, figure := p.measure(answers); figure == nil {
			all = append(all, unseenPractice{p.rfc, p.draft, p.what})
		}
	}
	return all
}

// unseenPractice is a standard whose use would be measured if there were data.
type unseenPractice struct {
	RFC         int // 0: a draft
	Draft, What string
}

// practices are in the order of the page: by what is measured, then by number.
var practices = []practice{
	{rfc: 1997, what: "IPv4 table entries with communities", question: "attributes", figure: carried("communities")},
	{rfc: 4360, what: "IPv4 table entries with extended communities", question: "attributes", figure: carried("extended-communities")},
	{rfc: 8092, what: "IPv4 table entries with large communities", question: "attributes", figure: carried("large-communities")},
	{rfc: 9234, what: "IPv4 table entries with Only to Customer (OTC)", question: "attributes", figure: carried("otc")},
	{rfc: 8326, what: "IPv4 table entries with the community GRACEFUL_SHUTDOWN", question: "attributes", figure: carried("graceful-shutdown")},
	{rfc: 8950, what: "IPv4 table entries with an IPv6 next hop", question: "attributes", figure: carried("ipv6-next-hop")},
	{rfc: 7999, what: "IPv4 prefixes with the community BLACKHOLE", question: "blackholes",
		figure: analysis.Figure{Column: "prefixes", Over: "table_prefixes", Unit: "%", Where: map[string]string{"family": "4"}, Highest: "full_feed_ases"}},
	{rfc: 9774, what: "IPv4 prefixes that still have an AS_SET, which it deprecates", question: "as-sets",
		figure: analysis.Figure{Column: "prefixes", Over: "table_prefixes", Unit: "%", Where: map[string]string{"family": "4"}, Highest: "full_feed_ases"}},
	{rfc: 6811, what: "IPv4 routes that are valid by route origin validation", question: "rov-states",
		figure: analysis.Figure{Column: "share", Unit: "%", Where: map[string]string{"family": "4"}, Count: map[string]string{"rov_state": "valid"}}},
	{draft: "draft-ietf-sidrops-aspa-profile", what: "ASes that originate routes and have an ASPA", question: "aspa-adoption",
		figure: analysis.Figure{Column: "share", Unit: "%"}},
	{rfc: 8200, what: "websites that are ready for IPv6", question: "ipv6-readiness",
		figure: analysis.Figure{Column: "ready_share", Unit: "%", Where: map[string]string{"service": "web", "sample": "level"}, Highest: "judged"}},
}

// unmeasured are standards that are asked about and cannot be measured from what is collected.
var unmeasured = []struct {
	RFC int
	Why string
}{
	{7208, "Policies for senders of mail are in TXT records, which the probe does not ask for."},
	{8210, "The RTR protocol runs between a router and its own cache; nothing of it reaches a route collector or a registry."},
	{8654, "Whether a session uses messages of more than 4,096 bytes is negotiated when it opens; table dumps do not have the capabilities."},
	{8767, "A resolver that serves stale answers shows it to its own clients, while a name server is down."},
	{8880, "A resolver that handles ipv4only.arpa is seen by hosts behind it; connections that were checked are too few to be a share."},
	{8781, "A router advertises PREF64 on its own link; connections that were checked are too few to be a share."},
	{9872, "What a host prefers to learn the NAT64 prefix from is seen on the host alone."},
	{6724, "How hosts choose addresses is decided on the host; shares of users with IPv6 show its result together with everything else."},
}

// wildRow is a line of the page.
type wildRow struct {
	RFC      int    // 0: a draft
	Draft    string // its name
	What     string
	Status   string
	Title    string
	Figure   *analysis.AnsweredFigure
	Question *analysis.Question
	Line     *sparkline
}

// wildView is the page of standards and their use.
type wildView struct {
	Rows       []wildRow
	Unmeasured []wildRow // What is why
}

// wildPages returns the page of standards and their use; none if nothing is measured.
func wildPages(f *facts, _ *publish.Stage) ([]*page, error) {
	v := wildView{Rows: f.practices()}
	if len(v.Rows) == 0 {
		return nil, nil
	}
	for _, u := range unmeasured {
		r := f.wildRow(u.RFC)
		r.What = u.Why
		v.Unmeasured = append(v.Unmeasured, r)
	}
	return []*page{{frame: f.frame, Path: wildPath, Nav: "Standards", Body: "wild.html", Title: "Standards against reality", Data: v,
		Description: "For each standard whose use is measured, the share that follows it, with day, coverage and the change in a year."}}, nil
}

// practices returns what is measured of the use of standards.
func (f *facts) practices() (rows []wildRow) {
	for _, p := range practices {
		a, figure := p.measure(f.Answers)
		if figure == nil { // the operator's page says so
			continue
		}
		r := f.wildRow(p.rfc)
		r.Draft, r.What, r.Figure, r.Question = p.draft, p.what, figure, a.Question
		r.Line = sparklineOf(figure)
		rows = append(rows, r)
	}
	return rows
}

// practicesByRFC returns the same by the number of the RFC.
func (f *facts) practicesByRFC() map[int][]wildRow {
	all := map[int][]wildRow{}
	for _, r := range f.practices() {
		if r.RFC > 0 {
			all[r.RFC] = append(all[r.RFC], r)
		}
	}
	return all
}

// wildRow returns a row with what the index says of the document.
func (f *facts) wildRow(number int) wildRow {
	r := wildRow{RFC: number}
	if document := f.rfcs[number]; document != nil && document.Entry != nil {
		r.Status, r.Title = document.Entry.Status, document.Entry.Title
	}
	return r
}
