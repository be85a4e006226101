package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var standardsInTheWild = question(Question{
	Slug:    "standards-in-the-wild",
	Title:   "How far are standards followed?",
	Section: "Standards",
	Subject: "In the wild",
	Tab:     "Shares",
	RFCs:    []int{1997, 4360, 6811, 7999, 8092, 8200, 8326, 8950, 9234, 9774},
	Basis: Basis{
		AsOf: "as_of", Series: []string{"standard", "what", "source"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases",
		Known: "known", Of: "asked", Things: "things", Remedy: "what the question of each standard asks for",
	},
	Datasets: []*table.Schema{
		datasets.TableStats.Schema, datasets.RouteStates.Schema, datasets.RouteCounts.Schema, datasets.RouteHours.Schema, datasets.ASPAs.Schema, datasets.DomainReadinesses.Schema,
	},
	Chart: &Chart{
		Kind: "line", X: "as_of", Y: "share", Series: "standard", YName: "share that follows the standard", Share: true, Break: "break",
		Headline: map[string]string{"standard": "RFC 6811"},
	},
	SQL: answersOf(attributes, rovStates, aspaAdoption, ipv6Readiness),
})
