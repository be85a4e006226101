WITH newest AS (SELECT list_id, max(run_time) AS run_time FROM domain_addresses GROUP BY ALL)
SELECT
    run_time,
    list_id,
    CAST(rank AS BIGINT) AS rank,
    domain,
    host_kind,
    host,
    address,
    CASE WHEN standing = 'special' THEN 'special-purpose' ELSE 'does not work' END AS problem,
    special_block,
    embedded_ipv4,
    failing,
    CAST(origin_asn AS BIGINT) AS origin_asn,
    as_name
FROM domain_addresses JOIN newest USING (list_id, run_time)
WHERE family = 6 AND (standing = 'special' OR standing = 'global' AND failing <> '')
ORDER BY problem DESC, rank, domain, host_kind, host, address, list_id
LIMIT 20000
