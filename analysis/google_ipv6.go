package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed google-ipv6.sql
var googleIPv6SQL string

var googleIPv6 = &Question{
	Slug: "google-ipv6", Title: "How many users have IPv6, as Google measures it?", Section: "IPv6", RFCs: []int{8200, 7526}, Others: "Google, which measures it among its own users",
	Datasets: []*table.Schema{datasets.ExternalSeries.Schema}, SQL: googleIPv6SQL,
	Definition: `Share of Google’s users that reach it over IPv6, in percent, as Google published it by day: the mean of each month, with its lowest and highest day. native IPv6 leaves out what came over 6to4 and Teredo, which is the third series.`,
	Prose:      `{{with where "category" "all IPv6" .}}{{$first := first .}}{{$last := last .}}By Google’s own figures {{dec $last.percent}} % of its users had IPv6 in {{$last.month.Format "January 2006"}}, on the mean of {{num $last.days}} days; in {{$first.month.Format "January 2006"}} it was {{printf "%.2f" $first.percent}} %.{{end}}`,
	Chart:      &Chart{Kind: "line", X: "month", Y: "percent", Series: "category", YName: "percent of Google’s users", Low: "lowest_day", High: "highest_day"},
	Notes:      []string{"More users have IPv6 at home than at work, so weekends lie above weekdays: the band shows both.", "The last month may not be whole; the column days tells."},
}
