words (quality, place_of_quality, meaning) AS (
    VALUES ('alike', 0, 'as good over IPv6'), ('no-http3', 1, 'HTTP/3 over IPv4 only'), ('slower', 2, 'slower over IPv6'), ('differs', 3, 'another answer over IPv6'),
        ('large-lost', 4, 'large answers lost over IPv6'), ('fails', 5, 'not working over IPv6'), ('unknown', 6, 'unknown')
),
listed AS (
    SELECT
        run_id, run_time, list_id, host, quality, eyeballs, http3,
        CASE WHEN quality <> 'unknown' THEN ipv4_connect_ms END AS ipv4_ms,
        CASE WHEN quality <> 'unknown' THEN ipv6_connect_ms END AS ipv6_ms
    FROM domain_pages
    WHERE quality NOT IN ('no-ipv6', 'ipv6-only') AND (refreshed OR NOT panel)
),
totals AS (
    SELECT
        run_id, run_time, list_id,
        count(*) AS all_hosts,
        count(*) FILTER (WHERE quality <> 'unknown') AS judged,
        count(*) FILTER (WHERE eyeballs = 'ipv4') AS race_lost,
        count(*) FILTER (WHERE http3 IN ('both', 'ipv4', 'ipv6')) AS with_http3,
        median(ipv4_ms) FILTER (WHERE ipv6_ms IS NOT NULL) AS ipv4_connect_ms,
        median(ipv6_ms) FILTER (WHERE ipv4_ms IS NOT NULL) AS ipv6_connect_ms
    FROM listed
    GROUP BY ALL
),
found AS (
    SELECT run_id, run_time, list_id, quality, count(*) AS hosts, min(host) AS example
    FROM listed
    GROUP BY ALL
)
-- A quality that no host has has a row of 0 hosts.
SELECT
    run_time,
    list_id,
    vantage,
    quality,
    meaning,
    coalesce(hosts, 0) AS hosts,
    CASE WHEN quality <> 'unknown' THEN coalesce(hosts, 0) / nullif(judged, 0) END AS share,
    race_lost,
    with_http3,
    ipv4_connect_ms,
    ipv6_connect_ms,
    judged,
    all_hosts,
    coalesce(example, '') AS example,
    level_break AS break,
    meaning || place AS series
FROM totals JOIN runs USING (run_id, run_time, list_id) CROSS JOIN words
LEFT JOIN found USING (run_id, run_time, list_id, quality)
ORDER BY run_time, list_id, vantage, run_id, place_of_quality
