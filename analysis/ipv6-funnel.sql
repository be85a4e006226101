-- A domain passes a step if it passed those before and every web host, address and service of it does what the step asks.
-- Services that it does not offer over either family are left out, and so are AAAA that are special-purpose or made by a
-- DNS64.
newest AS (
    SELECT list_id, vantage, max(run_time) AS run_time
    FROM domain_readiness JOIN runs USING (run_id, run_time, list_id)
    WHERE refreshed OR NOT panel
    GROUP BY ALL
),
offering AS (
    SELECT
        web.run_id, web.run_time, web.list_id, runs.vantage, runs.probed, web.domain, web.class,
        web.class <> 'unknown' AND dns.class NOT IN ('n/a', 'unknown') AS judged,
        web.ipv6_addresses + web.ipv6_special AS aaaa, web.ipv6_addresses AS global,
        dns.class IN ('ready', 'v6-only') AS servers
    FROM domain_readiness AS web
    JOIN runs USING (run_id, run_time, list_id)
    JOIN newest USING (list_id, vantage, run_time)
    JOIN domain_readiness AS dns ON dns.run_id = web.run_id AND dns.domain = web.domain AND dns.service = 'dns'
    WHERE web.service = 'web' AND web.class <> 'n/a' AND (web.refreshed OR NOT web.panel)
),
offered AS (
    SELECT run_id, domain, service FROM domain_readiness WHERE service IN ('http', 'https') AND class <> 'n/a'
),
tries AS (
    SELECT
        p.run_id, p.domain,
        bool_and(p.connect_ms IS NOT NULL) AS tcp,
        bool_and(p.result <> 'tls_error') AS tls,
        bool_and(p.result = 'ok') AS http
    FROM ipv6_probes AS p
    JOIN offered USING (run_id, domain, service)
    JOIN domain_addresses AS a ON a.run_id = p.run_id AND a.domain = p.domain AND a.host_kind = p.host_kind AND a.host = p.host AND a.address = p.address
    WHERE p.test = 'connect' AND p.family = 6 AND p.host_kind IN ('apex', 'www') AND p.result <> 'skipped' AND a.standing = 'global'
    GROUP BY ALL
),
passed AS (
    SELECT
        offering.*,
        judged AND aaaa > 0 AS s2,
        judged AND aaaa > 0 AND global > 0 AS s3,
        judged AND aaaa > 0 AND global > 0 AND servers AS s4,
        judged AND aaaa > 0 AND global > 0 AND servers AND coalesce(tcp, false) AS s5,
        judged AND aaaa > 0 AND global > 0 AND servers AND coalesce(tcp AND tls, false) AS s6,
        judged AND aaaa > 0 AND global > 0 AND servers AND coalesce(tcp AND tls AND http, false) AS s7
    FROM offering LEFT JOIN tries USING (run_id, domain)
),
counts AS (
    SELECT
        run_id, run_time, list_id, vantage, probed, step.number AS number, step.name AS step,
        count(*) AS offering,
        count(*) FILTER (WHERE judged) AS judged,
        count(*) FILTER (WHERE CASE step.number WHEN 1 THEN judged WHEN 2 THEN s2 WHEN 3 THEN s3 WHEN 4 THEN s4 WHEN 5 THEN s5 WHEN 6 THEN s6 WHEN 7 THEN s7
            ELSE s7 AND class IN ('ready', 'v6-only') END) AS domains
    FROM passed CROSS JOIN (VALUES (1, 'could be judged'), (2, 'has an AAAA'), (3, 'has a global one'), (4, 'all its name servers'), (5, 'TCP connects'),
        (6, 'TLS is agreed on'), (7, 'HTTP answers'), (8, 'same on every host')) AS step (number, name)
    GROUP BY ALL
)
SELECT
    run_time,
    list_id,
    vantage,
    number,
    step,
    domains,
    domains / nullif(judged, 0) AS share_of_judged,
    domains / nullif(lag(domains) OVER steps, 0) AS share_of_step_before,
    coalesce(lag(domains) OVER steps - domains, 0) AS lost_here,
    judged,
    offering,
    probed AS series
FROM counts
WINDOW steps AS (PARTITION BY run_id ORDER BY number)
ORDER BY run_time DESC, list_id, vantage, run_id, number
