WITH documents (document, block) AS (
    VALUES ('RFC 6052', '64:ff9b::/96'), ('RFC 8215', '64:ff9b:1::/48'), ('RFC 6598', '100.64.0.0/10')
),
lookups AS (
    SELECT
        run_id, list_id, domain, host, address, result, started_at,
        CASE
            WHEN through_dns64 THEN NULL
            WHEN qtype = 'A' AND split_part(address, '.', 1) = '100' AND TRY_CAST(split_part(address, '.', 2) AS INTEGER) BETWEEN 64 AND 127 THEN 'RFC 6598'
            WHEN qtype = 'AAAA' AND starts_with(address, '64:ff9b:1:') THEN 'RFC 8215'
            WHEN qtype = 'AAAA' AND starts_with(address, '64:ff9b::') THEN 'RFC 6052'
        END AS document
    FROM ipv6_probes
    WHERE test = 'lookup' AND qtype IN ('A', 'AAAA') AND host_kind NOT IN ('control', 'subresource')
),
-- A domain is known if every lookup of its addresses had an answer, be it that there is none.
domains AS (
    SELECT run_id, list_id, domain, bool_and(result IN ('ok', 'no-data', 'nxdomain') OR address <> '') AS answered, bool_or(document IS NOT NULL) AS inside
    FROM lookups
    GROUP BY ALL
),
runs AS (
    SELECT run_id, list_id, split_part(run_id, '/', 1) AS vantage, min(started_at) AS time
    FROM lookups
    GROUP BY ALL
),
totals AS (
    SELECT run_id, list_id, count(*) AS looked_up, count(*) FILTER (WHERE answered OR inside) AS answered, count(*) FILTER (WHERE inside) AS domains_in_any
    FROM domains
    GROUP BY ALL
)
SELECT
    runs.time,
    documents.document,
    documents.block,
    count(DISTINCT inside.domain) AS domains,
    count(DISTINCT inside.address) AS addresses,
    coalesce(string_agg(DISTINCT inside.host, ' ' ORDER BY inside.host) FILTER (WHERE inside.host IS NOT NULL), '') AS hosts,
    list_id,
    vantage,
    domains_in_any,
    answered,
    looked_up
FROM documents CROSS JOIN runs JOIN totals USING (run_id, list_id)
LEFT JOIN lookups AS inside USING (run_id, list_id, document)
GROUP BY run_id, runs.time, documents.document, documents.block, list_id, vantage, domains_in_any, answered, looked_up
ORDER BY documents.document, runs.time, list_id, vantage, run_id
