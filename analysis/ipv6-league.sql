web AS (
    SELECT run_id, run_time, list_id, domain, stratum, class, split_part(domain, '.', -1) AS last_label
    FROM domain_readiness
    WHERE service = 'web' AND class <> 'n/a' AND (refreshed OR NOT panel)
),
-- A domain with web addresses in two networks counts for both.
hosts AS (
    SELECT DISTINCT run_id, domain, origin_asn, as_name
    FROM domain_addresses
    WHERE host_kind IN ('apex', 'www') AND routed = 'yes' AND origin_asn > 0
),
members AS (
    SELECT run_id, run_time, list_id, 1 AS place_of, 'list' AS kind, list_id AS member, class FROM web
    UNION ALL SELECT run_id, run_time, list_id, 2, 'rank', stratum, class FROM web WHERE stratum <> ''
    UNION ALL SELECT run_id, run_time, list_id, 3, CASE length(last_label) WHEN 2 THEN 'country' ELSE 'generic' END, '.' || last_label, class FROM web
    UNION ALL SELECT run_id, run_time, list_id, 4, 'hoster', concat_ws(' ', 'AS' || origin_asn, nullif(as_name, '')), class FROM web JOIN hosts USING (run_id, domain)
),
counts AS (
    SELECT
        run_id, run_time, list_id, place_of, kind, member, count(*) AS offering, count(*) FILTER (WHERE class <> 'unknown') AS judged,
        count(*) FILTER (WHERE class IN ('ready', 'v6-only')) AS ready
    FROM members
    GROUP BY ALL
),
ranked AS (
    SELECT
        *, ready / nullif(judged, 0) AS share,
        row_number() OVER (PARTITION BY run_id, list_id, kind ORDER BY offering DESC, member) AS by_size,
        rank() OVER (PARTITION BY run_id, list_id, kind ORDER BY ready / nullif(judged, 0) DESC NULLS LAST, judged DESC) AS position
    FROM counts JOIN runs USING (run_id, run_time, list_id)
),
moved AS (
    SELECT
        *, max(judged) FILTER (WHERE kind = 'list') OVER r AS list_judged, max(offering) FILTER (WHERE kind = 'list') OVER r AS list_offering,
        lag(run_time) OVER w AS before, lag(share) OVER w AS share_before, lag(position) OVER w AS position_before,
        max(run_time) OVER (PARTITION BY list_id, vantage) AS newest
    FROM ranked
    WINDOW w AS (PARTITION BY list_id, vantage, kind, member ORDER BY run_time, run_id), r AS (PARTITION BY run_id, list_id)
)
SELECT
    run_time, list_id, vantage, kind, member, position, ready, share, judged, offering, list_judged, list_offering,
    CASE WHEN level_break = '' THEN before END AS compared_with,
    CASE WHEN level_break = '' THEN position_before END AS position_before,
    CASE WHEN level_break = '' THEN share_before END AS share_before,
    level_break AS break,
    kind || place AS series
FROM moved
WHERE run_time = newest AND by_size <= 100
ORDER BY run_time DESC, list_id, vantage, run_id, place_of, kind, position, member
