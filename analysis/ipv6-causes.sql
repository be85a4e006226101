words (cause, meaning) AS (
    VALUES ('no-aaaa', 'no AAAA record'), ('special-aaaa', 'an AAAA record with a special-purpose address'), ('refused', 'a refused connection'),
        ('timeout', 'a connection that timed out'), ('unreachable', 'an unreachable address'), ('tls', 'a failing TLS handshake'), ('http-error', 'an HTTP error'),
        ('some-fail', 'addresses of which some fail'), ('host-without-aaaa', 'a web host without an AAAA record'), ('differs', 'content that differs from that over IPv4'),
        ('redirect-without-aaaa', 'a redirect to a host without an AAAA record')
),
web AS (
    SELECT run_id, run_time, list_id, domain, class, CASE WHEN cause = '' THEN class ELSE cause END AS cause, reason
    FROM domain_readiness
    WHERE service = 'web' AND class <> 'n/a' AND (refreshed OR NOT panel)
),
totals AS (
    SELECT
        run_id, run_time, list_id,
        count(*) AS offering,
        count(*) FILTER (WHERE class <> 'unknown') AS judged,
        count(*) FILTER (WHERE class NOT IN ('unknown', 'ready', 'v6-only')) AS not_ready
    FROM web
    GROUP BY ALL
),
found AS (
    SELECT run_id, run_time, list_id, class, cause, count(*) AS domains, min(domain) AS example, arg_min(reason, domain || ' ' || reason) AS example_reason
    FROM web
    WHERE class NOT IN ('ready', 'v6-only')
    GROUP BY ALL
),
causes AS (SELECT DISTINCT class, cause FROM found)
-- A cause that a run does not find has a row of 0 domains.
SELECT
    run_time,
    list_id,
    vantage,
    class,
    cause,
    coalesce(meaning, cause) AS meaning,
    coalesce(domains, 0) AS domains,
    CASE WHEN class <> 'unknown' THEN coalesce(domains, 0) / nullif(not_ready, 0) END AS share_of_not_ready,
    not_ready,
    judged,
    offering,
    coalesce(example, '') AS example,
    coalesce(example_reason, '') AS example_reason,
    level_break AS break,
    CASE WHEN class = 'unknown' THEN 'unknown: ' ELSE '' END || cause || place AS series
FROM totals JOIN runs USING (run_id, run_time, list_id) CROSS JOIN causes
LEFT JOIN found USING (run_id, run_time, list_id, class, cause)
LEFT JOIN words USING (cause)
ORDER BY run_time, list_id, vantage, run_id, class = 'unknown', cause, class
