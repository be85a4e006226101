-- Hosts are counted once a run, however many domains use them. Wilson's interval at 95 %.
kinds (host_kind, service, servers) AS (VALUES ('ns', 'dns', 'name servers'), ('mx', 'mail', 'mail exchangers')),
addresses AS (SELECT * FROM domain_addresses WHERE host_kind IN ('ns', 'mx')),
hosts AS (
    SELECT
        run_id, host_kind, host,
        bool_or(family = 6 AND standing = 'global') AS has_ipv6,
        bool_or(family = 6 AND standing = 'global' AND tests > 0) AS tried,
        bool_or(family = 6 AND standing = 'global' AND tests > 0) AND bool_and(failing = '') FILTER (WHERE family = 6 AND standing = 'global' AND tests > 0) AS works
    FROM addresses
    GROUP BY ALL
),
servers AS (
    SELECT run_id, host_kind, domain, count(DISTINCT host) FILTER (WHERE family = 6 AND standing = 'global') AS with_ipv6
    FROM addresses
    GROUP BY ALL
),
two AS (
    SELECT run_id, host_kind, count(*) AS domains, count(*) FILTER (WHERE with_ipv6 >= 2) AS domains_with_two, count(*) FILTER (WHERE with_ipv6 = 0) AS domains_without
    FROM servers
    GROUP BY ALL
),
judged AS (
    SELECT run_id, service, count(*) FILTER (WHERE class <> 'n/a') AS offering, count(*) FILTER (WHERE class NOT IN ('n/a', 'unknown')) AS judged
    FROM domain_readiness
    GROUP BY ALL
),
counts AS (
    SELECT
        run_id, host_kind,
        count(*) AS hosts,
        count(*) FILTER (WHERE has_ipv6) AS with_ipv6,
        count(*) FILTER (WHERE tried) AS tried,
        count(*) FILTER (WHERE works) AS working,
        count(*) FILTER (WHERE has_ipv6) / count(*) AS share,
        1.959964 AS z
    FROM hosts
    GROUP BY ALL
)
-- A run without a host of a kind has a row with 0 hosts and without a share.
SELECT
    run_time,
    list_id,
    vantage,
    servers,
    coalesce(hosts, 0) AS hosts,
    coalesce(with_ipv6, 0) AS with_ipv6,
    share,
    (share + z * z / (2 * hosts) - z * sqrt(share * (1 - share) / hosts + z * z / (4 * hosts * hosts))) / (1 + z * z / hosts) AS low,
    (share + z * z / (2 * hosts) + z * sqrt(share * (1 - share) / hosts + z * z / (4 * hosts * hosts))) / (1 + z * z / hosts) AS high,
    coalesce(tried, 0) AS tried,
    CASE WHEN tried > 0 THEN working END AS working,
    working / nullif(tried, 0) AS working_share,
    coalesce(domains, 0) AS domains,
    coalesce(domains_with_two, 0) AS domains_with_two,
    coalesce(domains_without, 0) AS domains_without,
    coalesce(judged, 0) AS judged,
    coalesce(offering, 0) AS offering,
    level_break AS break,
    servers || place AS series
FROM runs CROSS JOIN kinds
LEFT JOIN counts USING (run_id, host_kind)
LEFT JOIN two USING (run_id, host_kind)
LEFT JOIN judged USING (run_id, service)
ORDER BY run_time, list_id, vantage, servers DESC, run_id
