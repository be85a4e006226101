package site

// sqlExample is a query of the SQL page to start from. It gives rows on the sample, in DuckDB 0.9 too.
type sqlExample struct{ Slug, For, Task, SQL string }

const (
	forOperators = "For operators"
	forPolicy    = "For policy and research"
	forStandards = "For followers of the standards"
)

var sqlExamples = []sqlExample{
	{"sql-table-growth", forOperators, "How the IPv4 table of a collector grew", `-- Change the collector. The result also draws as a line.
SELECT CAST(dump_time AS DATE) AS day,
  CAST(value AS BIGINT) AS prefixes
FROM table_stats
WHERE metric = 'prefixes' AND vantage_address = '' AND family = 4
  AND collector = (SELECT min(collector) FROM table_stats)
ORDER BY day`},
	{"sql-rov-invalid", forOperators, "RPKI-invalid routes, the most widely seen first", `SELECT time, prefix, origin_asn, rov_state, rov_reason,
  full_feed_peers AS seen_by_feeds, full_feed_total AS of_feeds, roa_date
FROM route_states
WHERE time = (SELECT max(time) FROM route_states)
  AND rov_state LIKE 'invalid%' AND left_out = ''
ORDER BY full_feed_peers DESC NULLS LAST, prefix, origin_asn
LIMIT 200`},
	{"sql-moas", forOperators, "Prefixes that several ASes originate", `SELECT time, prefix, count(DISTINCT origin_asn) AS origins,
  string_agg(DISTINCT 'AS' || origin_asn, ' ' ORDER BY 'AS' || origin_asn) AS ases
FROM route_states
WHERE time = (SELECT max(time) FROM route_states) AND moas AND left_out = ''
GROUP BY time, prefix
ORDER BY origins DESC, prefix`},
	{"sql-aspa", forOperators, "Who attested its providers (ASPA), and how many", `SELECT file_date, customer_asn, count(*) AS providers,
  string_agg('AS' || provider_asn, ' ' ORDER BY provider_asn) AS ases
FROM aspas
WHERE file_date = (SELECT max(file_date) FROM aspas)
GROUP BY file_date, customer_asn
ORDER BY providers DESC, customer_asn`},
	{"sql-rov-share", forPolicy, "Share of routes with a valid ROA, by country", `-- The 15 countries with the most routes, by where the origin AS is registered.
SELECT day, country, valid_percent
FROM (
  SELECT CAST(time AS DATE) AS day, country, sum(routes) AS size,
    round(100.0 * sum(valid_routes) / nullif(sum(routes), 0), 1) AS valid_percent
  FROM country_stats
  WHERE time = (SELECT max(time) FROM country_stats) AND registration = 'as' AND country <> ''
  GROUP BY day, country
  HAVING sum(routes) > 0
  ORDER BY size DESC, country
  LIMIT 15)
ORDER BY valid_percent DESC, country`},
	{"sql-readiness", forPolicy, "Websites of a list that answer over IPv6, run by run", `-- Domains without an answer either way are left out: unknown is not zero.
SELECT CAST(run_time AS DATE) AS day, list_id,
  round(100.0 * count(*) FILTER (WHERE class = 'ready') / count(*), 1) AS ready_percent
FROM domain_readiness
WHERE service = 'web' AND class <> 'unknown'
GROUP BY day, list_id
ORDER BY day, list_id`},
	{"sql-transfers", forPolicy, "IPv4 addresses transferred, by country of source and recipient", `SELECT file_date, source_country, recipient_country, count(*) AS transfers,
  CAST(sum(size) AS BIGINT) AS addresses
FROM transfers
WHERE file_date = (SELECT max(file_date) FROM transfers) AND resource = 'ipv4'
GROUP BY file_date, source_country, recipient_country
ORDER BY addresses DESC, source_country, recipient_country`},
	{"sql-delegations", forPolicy, "IPv6 delegations of each registry, by year", `SELECT make_date(year(d.date), 1, 1) AS year, d.registry, count(*) AS delegations, d.file_date
FROM delegations d
WHERE d.type = 'ipv6' AND d.date IS NOT NULL
  AND d.file_date = (SELECT max(n.file_date) FROM delegations n WHERE n.registry = d.registry)
GROUP BY ALL
ORDER BY ALL`},
	{"sql-rfcs-by-status", forStandards, "RFCs by their status today", `SELECT snapshot_date, status, count(*) AS rfcs
FROM rfcs
WHERE snapshot_date = (SELECT max(snapshot_date) FROM rfcs) AND NOT not_issued
GROUP BY snapshot_date, status
ORDER BY rfcs DESC, status`},
	{"sql-obsoleted", forStandards, "What obsoletes what, with both titles", `SELECT r.number, old.title, r.target_number AS obsoleted_by, new.title AS new_title
FROM rfc_relations r
JOIN rfcs old ON old.number = r.number AND old.snapshot_date = r.snapshot_date
LEFT JOIN rfcs new ON new.number = r.target_number AND new.snapshot_date = r.snapshot_date
WHERE r.relation = 'obsoleted-by'
  AND r.snapshot_date = (SELECT max(snapshot_date) FROM rfc_relations)
ORDER BY r.number, obsoleted_by`},
	{"sql-errata", forStandards, "Errata of each RFC, by state", `SELECT snapshot_date, number, status, type, count(*) AS errata, max(submitted) AS newest
FROM rfc_errata
WHERE snapshot_date = (SELECT max(snapshot_date) FROM rfc_errata)
GROUP BY snapshot_date, number, status, type
ORDER BY errata DESC, number, status, type`},
	{"sql-changes", forStandards, "What happened to the documents, newest first", `SELECT until, date, document, kind, relation, before, now
FROM rfc_events
ORDER BY until DESC, document, kind, relation, now
LIMIT 100`},
}
