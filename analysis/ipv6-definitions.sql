-- What the record says of each domain that offers a website: w of its web hosts, n of its name servers, m of its mail exchangers.
domains AS (
    SELECT
        run_id, run_time, list_id, domain,
        max(class) FILTER (WHERE service = 'web') AS w_class, max(cause) FILTER (WHERE service = 'web') AS w_cause,
        max(hosts) FILTER (WHERE service = 'web') AS w_hosts, max(hosts_ipv6) FILTER (WHERE service = 'web') AS w_six,
        max(ipv6_addresses) FILTER (WHERE service = 'web') AS w_addresses, max(ipv6_working) FILTER (WHERE service = 'web') AS w_working,
        max(ipv6_special) FILTER (WHERE service = 'web') AS w_special,
        max(class) FILTER (WHERE service = 'dns') AS n_class, max(hosts_ipv6) FILTER (WHERE service = 'dns') AS n_six,
        max(ipv6_addresses) FILTER (WHERE service = 'dns') AS n_addresses, max(ipv6_working) FILTER (WHERE service = 'dns') AS n_working,
        max(class) FILTER (WHERE service = 'mail') AS m_class, max(cause) FILTER (WHERE service = 'mail') AS m_cause, max(hosts_ipv6) FILTER (WHERE service = 'mail') AS m_six,
        max(ipv6_working) FILTER (WHERE service = 'mail') AS m_working,
        max(class) FILTER (WHERE service = 'domain') AS d_class, max(cause) FILTER (WHERE service = 'domain') AS d_cause
    FROM domain_readiness
    WHERE refreshed OR NOT panel
    GROUP BY ALL
    HAVING w_class <> 'n/a'
),
-- The first step at which a domain fails each definition: empty if it meets it, null if that is unknown.
steps AS (
    SELECT *, CASE WHEN w_class = 'unknown' THEN NULL WHEN w_class IN ('ready', 'v6-only') THEN '' ELSE w_cause END AS tidemark,
        CASE d_class WHEN 'unknown' THEN NULL WHEN 'all' THEN '' WHEN 'some' THEN 'some services' ELSE coalesce(nullif(d_cause, ''), d_class) END AS whole,
        CASE WHEN w_class = 'unknown' OR n_class = 'unknown' THEN NULL WHEN n_six < 2 THEN 'fewer than two name servers' WHEN n_working < n_addresses THEN 'name server address' WHEN w_six = 0 THEN 'no-aaaa'
            WHEN w_working < w_addresses THEN 'web address' ELSE '' END AS internetnl,
        CASE WHEN w_class = 'unknown' OR n_class = 'unknown' OR m_class = 'unknown' THEN NULL WHEN n_working = 0 THEN 'name servers' WHEN m_class <> 'n/a' AND m_working = 0 THEN 'mail'
            WHEN w_working = 0 THEN 'web' ELSE '' END AS nist,
        CASE WHEN w_class = 'unknown' OR n_class = 'unknown' OR m_class = 'unknown' AND m_cause <> 'not-probed' THEN NULL WHEN w_six = 0 THEN 'no-aaaa' WHEN w_six < w_hosts THEN 'apex or www'
            WHEN n_six = 0 THEN 'name servers' WHEN w_working = 0 THEN 'web' WHEN m_class <> 'n/a' AND m_six = 0 THEN 'mail' ELSE '' END AS whynoipv6,
        CASE WHEN w_class = 'unknown' THEN NULL WHEN w_six + w_special = 0 THEN 'no-aaaa' ELSE '' END AS he
    FROM domains
),
judged AS (
    SELECT run_id, run_time, list_id, 1 AS place_of, 'Tidemark, website' AS definition, tidemark, tidemark AS step FROM steps
    UNION ALL SELECT run_id, run_time, list_id, 2, 'Tidemark, whole domain', tidemark, whole FROM steps
    UNION ALL SELECT run_id, run_time, list_id, 3, 'internet.nl', tidemark, internetnl FROM steps
    UNION ALL SELECT run_id, run_time, list_id, 4, 'NIST USGv6', tidemark, nist FROM steps
    UNION ALL SELECT run_id, run_time, list_id, 5, 'whynoipv6', tidemark, whynoipv6 FROM steps
    UNION ALL SELECT run_id, run_time, list_id, 6, 'Hurricane Electric', tidemark, he FROM steps
)
SELECT
    run_time, list_id, vantage, definition,
    count(*) FILTER (WHERE step = '') AS meet,
    count(*) FILTER (WHERE step = '') / nullif(count(step), 0) AS share,
    count(*) FILTER (WHERE step = '' AND tidemark <> '') AS only_they,
    coalesce(mode(tidemark ORDER BY tidemark) FILTER (WHERE step = '' AND tidemark <> ''), '') AS only_they_step,
    count(*) FILTER (WHERE step <> '' AND tidemark = '') AS only_we,
    coalesce(mode(step ORDER BY step) FILTER (WHERE step <> '' AND tidemark = ''), '') AS only_we_step,
    count(step) AS judged,
    count(*) AS offering,
    any_value(level_break) AS break,
    definition || any_value(place) AS series
FROM judged JOIN runs USING (run_id, run_time, list_id)
GROUP BY run_id, run_time, list_id, vantage, place_of, definition
ORDER BY run_time, list_id, vantage, run_id, place_of
