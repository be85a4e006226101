newest AS (
    SELECT list_id, vantage, max(run_time) AS run_time
    FROM domain_addresses JOIN runs USING (run_id, run_time, list_id)
    GROUP BY ALL
),
records AS (
    SELECT
        domain_addresses.*,
        vantage,
        CASE WHEN standing = 'special' THEN 'special-purpose' WHEN standing = 'global' AND failing <> '' THEN 'does not work'
            WHEN standing = 'global' AND tests > 0 THEN 'none' ELSE 'unknown' END AS problem
    FROM domain_addresses JOIN runs USING (run_id, run_time, list_id) JOIN newest USING (list_id, vantage, run_time)
    WHERE family = 6 AND standing <> 'dns64'
),
totals AS (
    SELECT
        run_id, run_time, list_id,
        count(*) AS records,
        count(*) FILTER (WHERE problem <> 'unknown') AS judged,
        count(*) FILTER (WHERE problem = 'special-purpose') AS special_records,
        count(*) FILTER (WHERE problem = 'does not work') AS failing_records,
        count(DISTINCT domain) AS domains,
        count(DISTINCT domain) FILTER (WHERE problem IN ('special-purpose', 'does not work')) AS affected
    FROM records
    GROUP BY ALL
)
SELECT
    run_time,
    list_id,
    vantage,
    CAST(rank AS BIGINT) AS rank,
    domain,
    host_kind,
    host,
    address,
    problem,
    special_block,
    embedded_ipv4,
    failing,
    CAST(origin_asn AS BIGINT) AS origin_asn,
    as_name,
    special_records,
    failing_records,
    affected,
    domains,
    judged,
    records
FROM records JOIN totals USING (run_id, run_time, list_id)
WHERE problem IN ('special-purpose', 'does not work')
ORDER BY run_time DESC, problem DESC, rank, domain, host_kind, host, address, list_id, vantage
LIMIT 20000
