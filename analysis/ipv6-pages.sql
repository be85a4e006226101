words (state, place_of_state, meaning) AS (
    VALUES ('whole', 0, 'complete without IPv4'), ('part', 1, 'without what comes from hosts that have IPv4 only'), ('nothing', 2, 'no page without IPv4'), ('unknown', 3, 'unknown')
),
-- A front page that works over neither family is not a page.
listed AS (
    SELECT run_id, run_time, list_id, domain, without_ipv4 AS state, hosts_failing, page_hosts
    FROM domain_pages
    WHERE front AND without_ipv4 <> '' AND (refreshed OR NOT panel)
),
totals AS (
    SELECT
        run_id, run_time, list_id,
        count(*) AS pages,
        count(*) FILTER (WHERE state <> 'unknown') AS judged,
        count(*) FILTER (WHERE page_hosts > 0) AS pages_with_hosts
    FROM listed
    GROUP BY ALL
),
found AS (
    SELECT run_id, run_time, list_id, state, count(*) AS domains, min(domain) AS example, arg_min(hosts_failing, domain || ' ' || hosts_failing) AS example_hosts
    FROM listed
    GROUP BY ALL
)
-- A state that no page is in has a row of 0 domains.
SELECT
    run_time,
    list_id,
    vantage,
    state,
    meaning,
    coalesce(domains, 0) AS domains,
    CASE WHEN state <> 'unknown' THEN coalesce(domains, 0) / nullif(judged, 0) END AS share,
    judged,
    pages,
    pages_with_hosts,
    coalesce(example, '') AS example,
    coalesce(example_hosts, '') AS example_hosts,
    level_break AS break,
    meaning || place AS series
FROM totals JOIN runs USING (run_id, run_time, list_id) CROSS JOIN words
LEFT JOIN found USING (run_id, run_time, list_id, state)
ORDER BY run_time, list_id, vantage, run_id, place_of_state
