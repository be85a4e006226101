package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// ExternalValue is a figure that others measured and published.
type ExternalValue struct {
	Series    string    `col:"series" doc:"the series, named after who measured it: google-ipv6, apnic-ipv6, ipv6-users (of the publisher that the row names) or the name of a survey of sites; figures of others, not Tidemark’s"`
	Publisher string    `col:"publisher" doc:"who measured it and how, in words"`
	Source    string    `col:"source" doc:"file from which the figure was read"`
	Time      time.Time `col:"time,date" doc:"day, or first day of the month, of the figure"`
	Country   string    `col:"country" doc:"code of the country whose users were examined, ISO 3166; empty: the figure is of the world, of a region or of a list of sites, as the column subset says"`
	Subset    string    `col:"subset" doc:"what was examined: all users, those of a country or region, or the head of a list of sites, for example top 100"`
	Category  string    `col:"category" doc:"what is counted: all IPv6, native IPv6 and 6to4/Teredo of Google’s users, capable and preferred of APNIC Labs’, the measure that another publisher names; has AAAA, loads over IPv6 and IPv6 name server of sites" rfc:"3596"`
	Value     float64   `col:"value" doc:"the figure, in the unit of the column unit"`
	Unit      string    `col:"unit" doc:"percent of users, percent of requests, or sites"`
	N         *int64    `col:"n" doc:"how many were examined: the denominator, or APNIC Labs’ sample of the day; null: the publisher does not say"`
	Note      string    `col:"note" doc:"what is unusual about the file or was left out of the count; empty: nothing"`
}

// ExternalSeries has one row for each figure that others measured.
var ExternalSeries = table.New[ExternalValue](table.Doc{
	Name: "external_series", Version: 2, Partition: "a file of others’ figures",
	Row: "A figure about IPv6 that others measured and published, unchanged and labelled as theirs.",
})
