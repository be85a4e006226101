package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// TableStat is one metric of one dump, by family and vantage point.
type TableStat struct {
	Collector      string    `col:"collector" doc:"route collector that wrote the dump"`
	DumpTime       time.Time `col:"dump_time" doc:"time of the dump's first record, UTC" rfc:"6396"`
	Source         string    `col:"source" doc:"the source of the table: rib (a collector's dump), or a table of prefixes made by others: riswhois, pfx2as, pyasn, prefix-list"`
	Family         uint32    `col:"family" doc:"4 or 6"`
	VantageAddress string    `col:"vantage_address" doc:"the full-feed peer whose table is counted; empty: all peers of the dump together"`
	VantageASN     uint32    `col:"vantage_asn" doc:"AS of that peer; 0: all peers together" rfc:"6793"`
	Metric         string    `col:"metric" doc:"name of the metric; the dataset's page defines it"`
	Key            string    `col:"key" doc:"the bin of a metric that has bins (a prefix length, a reason); empty otherwise"`
	Value          float64   `col:"value" doc:"value in the metric's own unit"`
}

// TableStats has one row for each metric of each dump.
var TableStats = table.New[TableStat](table.Doc{
	Name: "table_stats", Version: 2, Partition: "a dump",
	Row: "A metric of a dump for one family and vantage point: the series behind the growth charts.",
})

// Metric is the definition of a metric of table_stats.
type Metric struct {
	Name, Unit, Definition string
}

// Metrics are all metrics of table_stats. They are computed over the table without default routes, IPv4 prefixes outside /8
// to /24 and IPv6 prefixes outside /16 to /48; the metric left_out counts the prefixes that were left out.
var Metrics = []Metric{
	{"entries", "RIB entries", "entries of the dump that were read, before the table filter"},
	{"routes", "routes", "distinct pairs of prefix and origin in the table"},
	{"prefixes", "prefixes", "distinct prefixes in the table"},
	{"all_prefixes", "prefixes", "distinct prefixes before the table filter; all_prefixes = prefixes + left_out"},
	{"left_out", "prefixes", "prefixes that the table filter removes; the key is the reason"},
	{"prefixes_by_length", "prefixes", "prefixes of the table by length, which is the key"},
	{"root_prefixes", "prefixes", "prefixes that no other prefix of the table covers"},
	{"more_specific_prefixes", "prefixes", "prefixes that another prefix of the table covers"},
	{"more_specific_same_path", "prefixes", "more specific prefixes with the same prepend-stripped path as the longest prefix that covers them, of one vantage point; missing if the prefixes of a dump are not in order"},
	{"more_specific_other_path", "prefixes", "more specific prefixes with the same origin as the longest prefix that covers them, but another path (traffic engineering), of one vantage point; missing as above"},
	{"more_specific_other_origin", "prefixes", "more specific prefixes with another origin than the longest prefix that covers them (hole punching), of one vantage point; missing as above"},
	{"more_specific_span", "addresses (IPv4), /64s (IPv6)", "addresses for which a more specific prefix of one vantage point is the longest match, by its kind: same-path, other-path, other-origin; missing as above"},
	{"address_span", "addresses (IPv4), /64s (IPv6)", "size of the union of the table's prefixes"},
	{"origin_ases", "ASes", "ASes that originate a prefix of the table; AS_SET origins are left out"},
	{"transit_ases", "ASes", "ASes that precede the last one in a prepend-stripped path"},
	{"stub_ases", "ASes", "origin ASes that are not a transit AS"},
	{"asns_32bit", "ASes", "origin ASes over 65535 (RFC 6793)"},
	{"moas_prefixes", "prefixes", "prefixes with two or more origin ASes; AS_SET origins are left out"},
	{"as_set_prefixes", "prefixes", "prefixes with a path that ends in an AS_SET (RFC 6472, obsoleted by RFC 9774)"},
	{"as_links", "links", "pairs of ASes that follow each other in a prepend-stripped path of the table, of all peers together; no link leads into a set"},
	{"ases_by_degree", "ASes", "ASes by the number of their links, which is the key, of all peers together"},
	{"unique_paths", "paths", "distinct prepend-stripped paths"},
	{"path_length_mean", "ASes", "mean over the entries of full-feed peers without prepending; the peer counts, a set counts 1"},
	{"path_length_median", "ASes", "median of the same lengths"},
	{"path_length_p90", "ASes", "90th percentile of the same lengths"},
	{"path_length_sent_mean", "ASes", "mean of the lengths as sent, with prepending"},
	{"path_length_sent_median", "ASes", "median of the lengths as sent"},
	{"path_length_sent_p90", "ASes", "90th percentile of the lengths as sent"},
	{"path_length_max", "ASes", "longest of the lengths without prepending"},
	{"path_length_sent_max", "ASes", "longest of the lengths as sent"},
	{"path_prepended_share", "share", "share of the entries of full-feed peers whose path prepending makes longer"},
	{"path_prepending_max", "ASes", "the most by which prepending makes a path longer"},
	{"attribute_entries", "RIB entries", "entries by what their attributes have, which is the key, before the table filter; no row of one vantage point: none. communities, extended-communities, large-communities, otc, aigp, atomic-aggregate, aggregator: the attribute; blackhole, graceful-shutdown, no-export, no-advertise, no-export-subconfed, no-peer: that community (RFC 7999, 8326, 1997, 3765); private-aggregator: an AGGREGATOR of a private AS; as-set: an AS_SET or AS_CONFED_SET in the path; confederation: a confederation in the path; prepended: a path that prepending makes longer; ipv6-next-hop: an IPv4 route with an IPv6 next hop (RFC 8950)"},
	{"attribute_prefixes", "prefixes", "prefixes with such an entry, before the table filter, of all peers together"},
	{"next_hops", "addresses", "distinct next hops of the entries, before the table filter"},
	{"peers", "peers", "peers that carry a prefix of the family"},
	{"full_feed_peers", "peers", "peers that send a full table of the family"},
}
