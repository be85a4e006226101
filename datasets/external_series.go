package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// ExternalValue is a figure that others measured and published.
type ExternalValue struct {
	Series    string    `col:"series" doc:"the series, named after who measured it: google-ipv6 or the name of a survey of sites; figures of others, not Tidemark’s"`
	Publisher string    `col:"publisher" doc:"who measured it and how, in words"`
	Source    string    `col:"source" doc:"file from which the figure was read"`
	Time      time.Time `col:"time,date" doc:"day, or first day of the month, of the figure"`
	Subset    string    `col:"subset" doc:"what was examined: all users, or the head of a list of sites, for example top 100"`
	Category  string    `col:"category" doc:"what is counted: all IPv6, native IPv6 and 6to4/Teredo of users; has AAAA, loads over IPv6 and IPv6 name server of sites" rfc:"3596"`
	Value     float64   `col:"value" doc:"the figure, in the unit of the column unit"`
	Unit      string    `col:"unit" doc:"percent of users, or sites"`
	N         *int64    `col:"n" doc:"how many were examined: the denominator; null: the publisher does not say"`
	Note      string    `col:"note" doc:"what is unusual about the file or was left out of the count; empty: nothing"`
}

// ExternalSeries has one row for each figure that others measured.
var ExternalSeries = table.New[ExternalValue](table.Doc{
	Name: "external_series", Version: 1, Partition: "a file of others’ figures",
	Row: "A figure about IPv6 that others measured and published, unchanged and labelled as theirs.",
})
