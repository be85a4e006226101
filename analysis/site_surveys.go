package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var siteSurveys = question(Question{
	Slug:     "site-surveys",
	Title:    "How ready are the most visited sites of a country, according to surveys by others?",
	Section:  "IPv6",
	Subject:  "Surveys of sites",
	Tab:      "Most visited sites",
	RFCs:     []int{3596, 3901},
	Basis:    Basis{AsOf: "time", Series: []string{"survey", "subset", "category"}, Break: "break"},
	Datasets: []*table.Schema{datasets.ExternalSeries.Schema},
	Others:   "the survey that each row names",
	Chart: &Chart{
		Kind: "line", X: "time", Y: "share", Series: "line", YName: "share of sites", Share: true, Break: "break",
		Headline: map[string]string{"category": "loads over IPv6"},
	},
})
