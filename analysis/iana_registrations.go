package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ianaRegistrations = question(Question{
	Slug:     "iana-registrations",
	Title:    "What has IANA registered, and by which RFC?",
	Section:  "Standards",
	Subject:  "IANA",
	Tab:      "Registrations",
	RFCs:     []int{8126},
	Basis:    Basis{AsOf: "until"},
	Datasets: []*table.Schema{datasets.AssignmentEvents.Schema},
})
