package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var translationPrefixes = question(Question{
	Slug:      "translation-prefixes",
	Title:     "Are the prefixes of RFC 6052, 8215 and 6598 seen in the routing table?",
	Section:   "Standards",
	Subject:   "Translation in use",
	Tab:       "Prefixes",
	RFCs:      []int{6052, 8215, 6598},
	Basis:     Basis{AsOf: "time", Series: []string{"document", "measured"}, Break: "break", Feeds: "full_feed_ases"},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.TranslationRoutes.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
	Chart:     &Chart{Kind: "bar", X: "time", Y: "routes", Series: "document", YName: "routes in the document's block", Break: "break"},
}, "hour-feeds", "feed-breaks")
