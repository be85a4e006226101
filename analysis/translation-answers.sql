WITH runs AS (SELECT run_id, min(started_at) AS time FROM ipv6_probes GROUP BY run_id),
documents (document, block, qtype) AS (
    VALUES ('RFC 6052', '64:ff9b::/96', 'AAAA'), ('RFC 8215', '64:ff9b:1::/48', 'AAAA'), ('RFC 6598', '100.64.0.0/10', 'A')
),
inside AS (
    SELECT
        run_id,
        domain,
        host,
        address,
        CASE
            WHEN qtype = 'A' AND split_part(address, '.', 1) = '100' AND TRY_CAST(split_part(address, '.', 2) AS INTEGER) BETWEEN 64 AND 127 THEN 'RFC 6598'
            WHEN qtype = 'AAAA' AND starts_with(address, '64:ff9b:1:') THEN 'RFC 8215'
            WHEN qtype = 'AAAA' AND starts_with(address, '64:ff9b::') THEN 'RFC 6052'
        END AS document
    FROM ipv6_probes
    WHERE test = 'lookup' AND address <> ''
)
SELECT
    runs.time,
    documents.document,
    documents.block,
    count(DISTINCT inside.domain) AS domains,
    count(DISTINCT inside.address) AS addresses,
    coalesce(string_agg(DISTINCT inside.host, ' ' ORDER BY inside.host) FILTER (WHERE inside.host IS NOT NULL), '') AS hosts
FROM documents CROSS JOIN runs
LEFT JOIN inside ON inside.run_id = runs.run_id AND inside.document = documents.document
GROUP BY ALL
ORDER BY documents.document, runs.time
