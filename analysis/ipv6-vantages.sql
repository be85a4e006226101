-- The newest run of each vantage of a list, unless it is more than a week older than the newest of them.
last AS (
    SELECT list_id, vantage, max(run_time) AS run_time FROM runs GROUP BY ALL
),
near AS (
    SELECT *, count(*) OVER (PARTITION BY list_id) AS vantages
    FROM (SELECT *, max(run_time) OVER (PARTITION BY list_id) AS newest FROM last)
    WHERE run_time >= newest - INTERVAL 7 DAY
),
web AS (
    SELECT run_time, list_id, vantage, vantages, domain, class IN ('ready', 'v6-only') AS ready, class = 'unknown' AS unknown
    FROM domain_readiness JOIN runs USING (run_id, run_time, list_id) JOIN near USING (list_id, vantage, run_time)
    WHERE service = 'web' AND class <> 'n/a'
),
seen AS (
    SELECT
        *, count(*) FILTER (WHERE NOT unknown) OVER d AS places, count(*) FILTER (WHERE NOT unknown AND ready) OVER d AS places_ready
    FROM web
    WINDOW d AS (PARTITION BY list_id, domain)
)
SELECT
    run_time, list_id, vantage, any_value(vantages) AS vantages,
    count(*) FILTER (WHERE NOT unknown AND places > 1) AS compared,
    count(*) FILTER (WHERE NOT unknown AND places > 1 AND places_ready IN (0, places)) AS agreed,
    count(*) FILTER (WHERE NOT unknown AND places > 1 AND places_ready IN (0, places)) / nullif(count(*) FILTER (WHERE NOT unknown AND places > 1), 0) AS share,
    count(*) FILTER (WHERE NOT unknown AND NOT ready AND places > 1 AND places_ready = places - 1) AS broken_here_only,
    coalesce(array_to_string(list_sort(list(domain) FILTER (WHERE NOT unknown AND NOT ready AND places > 1 AND places_ready = places - 1))[1:20], ' '), '') AS broken_here_only_domains,
    count(*) FILTER (WHERE NOT unknown AND ready AND places > 1 AND places_ready = 1) AS ready_here_only,
    coalesce(array_to_string(list_sort(list(domain) FILTER (WHERE NOT unknown AND ready AND places > 1 AND places_ready = 1))[1:20], ' '), '') AS ready_here_only_domains,
    count(*) AS offering
FROM seen
GROUP BY run_time, list_id, vantage
ORDER BY run_time DESC, list_id, vantage
