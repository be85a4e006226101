package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6BadAddresses = question(Question{
	Slug:    "ipv6-bad-addresses",
	Title:   "Which AAAA records are broken or invalid?",
	Section: "IPv6",
	Subject: "Where it fails",
	Tab:     "Bad addresses",
	RFCs:    []int{3596, 4291, 4193, 6890, 8190, 6052, 8215},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "vantage"}, Parts: []string{"host", "address", "domain", "host_kind"},
		Known: "judged", Of: "records", Things: "AAAA records", Remedy: unknownDomains,
	},
	Datasets: []*table.Schema{datasets.DomainAddresses.Schema, datasets.DomainReadinesses.Schema},
}, "probe-runs")
