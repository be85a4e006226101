package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed site-surveys.sql
var siteSurveysSQL string

var siteSurveys = &Question{
	Slug: "site-surveys", Title: "How ready are the most visited sites of a country, as others survey it?", Section: "IPv6", RFCs: []int{3596, 3901}, Others: "the survey that each row names",
	Datasets: []*table.Schema{datasets.ExternalSeries.Schema}, SQL: siteSurveysSQL,
	Definition: `Monthly surveys by others of the most visited sites: how many have an AAAA, how many load over IPv6, and how many have a name server with IPv6 (one at least; Tidemark’s own probes ask all of them to answer), among the first 20, 100 and 500 of the list. share is of all sites of that head, with Wilson’s interval at 95 %; share_of_sites_with_aaaa has those that load over those with an AAAA. as_the_survey_sums_up is the count of the survey’s own summary, where it has one.`,
	Prose:      `{{$last := newest "time" .}}{{with where "category" "has AAAA" (where "time" $last.time .)}}By the figures of {{(first .).survey}}, in {{$last.time.Format "January 2006"}} an AAAA had {{range $i, $r := .}}{{if $i}}, {{end}}{{num $r.sites}} of the {{$r.subset}} ({{pct $r.share}}){{end}}.{{end}}`,
	Chart:      &Chart{Kind: "line", X: "time", Y: "share", Series: "line", YName: "share of sites", Low: "low", High: "high"},
	Notes:      []string{"The list is made anew each month, so sites come and go: a change is one of the list as well.", "The file of October 2019 has 100 sites and tells nothing of name servers."},
}
