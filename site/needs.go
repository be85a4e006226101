package site

import (
	"slices"

	"tidemark/analysis"
	"tidemark/datasets/table"
	"tidemark/site/publish"
)

// needsPath is the page about what could be answered, for whoever runs the site.
const needsPath = "needs.html"

// needs is what readers are not shown for want of data.
type needs struct {
	Questions []questionNeeds    // for want of data
	Without   []*analysis.Answer // the data contain nothing that they ask for
	Figures   []withheldFigure
}

// questionNeeds is a question with the datasets that it lacks.
type questionNeeds struct {
	Question *analysis.Question
	Lacks    []lackedDataset
}

// lackedDataset is a dataset without rows.
type lackedDataset struct {
	Name  string
	Kinds string // of the sources that it is made from
}

// withheldFigure is a key figure that is not shown.
type withheldFigure struct {
	*analysis.AnsweredFigure
	Question *analysis.Question
}

// needsOf returns what the answers lack.
func needsOf(answers []*analysis.Answer, partitions map[string][]*table.Manifest) (n needs) {
	for _, a := range answers {
		for _, figure := range a.Figures {
			if figure.Value == nil {
				n.Figures = append(n.Figures, withheldFigure{figure, a.Question})
			}
		}
		if answered(a) {
			continue
		}
		q := questionNeeds{Question: a.Question}
		for _, d := range a.Question.Datasets {
			if !slices.ContainsFunc(partitions[d.Name], func(m *table.Manifest) bool { return m.Rows > 0 }) {
				q.Lacks = append(q.Lacks, lackedDataset{d.Name, kindsBehind[d.Name]})
			}
		}
		if len(q.Lacks) == 0 {
			n.Without = append(n.Without, a)
		} else {
			n.Questions = append(n.Questions, q)
		}
	}
	return n
}

// any reports whether something is missing.
func (n needs) any() bool { return len(n.Questions)+len(n.Without)+len(n.Figures) > 0 }

// kindsBehind names the kinds of sources that the datasets of the questions are made from.
var kindsBehind = map[string]string{
	"address_use":        "mrt and delegations",
	"aggregation":        "mrt or prefix-origins",
	"as_links":           "mrt",
	"as_names":           "as-names",
	"as_orgs":            "as-orgs",
	"as_dependencies":    "mrt",
	"as_registrations":   "mrt and delegations",
	"as_topology":        "mrt",
	"aspa_hops":          "mrt, and roas with ASPAs",
	"aspa_states":        "mrt, and roas with ASPAs",
	"aspa_stats":         "mrt, and roas with ASPAs",
	"aspas":              "roas, of files with ASPAs",
	"assignment_events":  "iana-registry, two snapshots of a registry",
	"assignments":        "iana-registry",
	"country_stats":      "mrt and delegations",
	"decoder_notes":      "mrt",
	"delegations":        "delegations",
	"domain_addresses":   "ipv6-probes",
	"domain_delegations": "ipv6-probes",
	"domain_pages":       "ipv6-probes",
	"domain_readiness":   "ipv6-probes",
	"draft_milestones":   "draft-milestones",
	"draft_headers":      "datatracker",
	"draft_relations":    "datatracker",
	"drafts":             "datatracker",
	"external_series":    "google-ipv6, apnic-ipv6, ipv6-users or ipv6-site-survey",
	"intended_relations": "datatracker",
	"ipv6_probes":        "ipv6-probes",
	"ipv6_runs":          "ipv6-probes",
	"irr_routes":         "irr-routes",
	"irr_stats":          "mrt and irr-routes",
	"otc_states":         "mrt",
	"peers":              "mrt",
	"prefix_updates":     "mrt, of update files",
	"rfc_citations":      "rfc-texts and rfc-index",
	"rfc_errata":         "rfc-errata",
	"rfc_events":         "rfc-index, two snapshots of the index",
	"rfc_history":        "rfc-index",
	"rfc_relations":      "rfc-index",
	"rfc_texts":          "rfc-texts",
	"rfcs":               "rfc-index",
	"roa_changes":        "roas, of two days",
	"roas":               "roas",
	"route_counts":       "mrt or prefix-origins",
	"route_events":       "mrt",
	"route_hours":        "mrt or prefix-origins",
	"route_leaks":        "mrt",
	"route_marks":        "mrt",
	"route_states":       "mrt or prefix-origins",
	"routes":             "mrt or prefix-origins",
	"special_prefixes":   "special-prefixes",
	"state_stats":        "mrt or prefix-origins",
	"table_stats":        "mrt or prefix-origins",
	"transfers":          "transfers",
	"translation_routes": "mrt or prefix-origins",
	"update_errors":      "mrt, of update files",
	"update_stats":       "mrt, of update files",
	"updates":            "mrt, of update files",
	"vantage_checks":     "ipv6-vantage",
	"witnesses":          "mrt",
}

// needsPages returns the page about what is missing; none where nothing is.
func needsPages(f *facts, _ *publish.Stage) ([]*page, error) {
	n := needsOf(f.Answers, f.Partitions)
	if !n.any() {
		return nil, nil
	}
	return []*page{{frame: f.frame, Path: needsPath, Nav: "About", Body: "needs.html", Title: "For whoever runs this site", Unlisted: true, Data: n,
		Description: "Questions that could be answered, and the sources that they need."}}, nil
}
