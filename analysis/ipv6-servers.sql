-- Hosts are counted once a run, however many domains use them. Wilson's interval at 95 %.
WITH hosts AS (
    SELECT
        run_id, run_time, list_id, host_kind, host,
        count(DISTINCT domain) AS domains,
        bool_or(family = 6 AND standing = 'global') AS has_ipv6,
        bool_or(family = 6 AND standing = 'global' AND tests > 0) AS tried,
        bool_or(family = 6 AND standing = 'global' AND tests > 0) AND bool_and(failing = '') FILTER (WHERE family = 6 AND standing = 'global' AND tests > 0) AS works
    FROM domain_addresses
    WHERE host_kind IN ('ns', 'mx')
    GROUP BY ALL
),
servers AS (
    SELECT
        run_id, run_time, list_id, domain, host_kind,
        count(DISTINCT host) FILTER (WHERE family = 6 AND standing = 'global') AS with_ipv6
    FROM domain_addresses
    WHERE host_kind IN ('ns', 'mx')
    GROUP BY ALL
),
two AS (
    SELECT run_id, host_kind, count(*) AS domains, count(*) FILTER (WHERE with_ipv6 >= 2) AS domains_with_two, count(*) FILTER (WHERE with_ipv6 = 0) AS domains_without
    FROM servers GROUP BY ALL
),
counts AS (
    SELECT
        run_id, run_time, list_id, host_kind,
        count(*) AS hosts,
        count(*) FILTER (WHERE has_ipv6) AS with_ipv6,
        count(*) FILTER (WHERE tried) AS tried,
        count(*) FILTER (WHERE works) AS working,
        count(*) FILTER (WHERE has_ipv6) / count(*) AS share,
        1.959964 AS z
    FROM hosts
    GROUP BY ALL
)
SELECT
    run_time,
    list_id,
    CASE host_kind WHEN 'ns' THEN 'name servers' ELSE 'mail exchangers' END AS servers,
    hosts,
    with_ipv6,
    share,
    (share + z * z / (2 * hosts) - z * sqrt(share * (1 - share) / hosts + z * z / (4 * hosts * hosts))) / (1 + z * z / hosts) AS low,
    (share + z * z / (2 * hosts) + z * sqrt(share * (1 - share) / hosts + z * z / (4 * hosts * hosts))) / (1 + z * z / hosts) AS high,
    tried,
    working,
    working / nullif(tried, 0) AS working_share,
    domains,
    domains_with_two,
    domains_without
FROM counts JOIN two USING (run_id, host_kind)
ORDER BY run_time, list_id, host_kind DESC, run_id
