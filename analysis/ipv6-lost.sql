states AS (
    SELECT run_id, run_time, list_id, vantage, service, domain, rank, class, cause, reason, resolvable, failing_step, failing_zone
    FROM domain_readiness JOIN runs USING (run_id, run_time, list_id)
    WHERE service IN ('web', 'dns', 'mail')
),
-- The run before is the last one of the same source and list that knows something of the domain.
known AS (
    SELECT *, class IN ('ready', 'v6-only') AS ready, lag(run_time) OVER w AS before, lag(class IN ('ready', 'v6-only')) OVER w AS was_ready
    FROM states
    WHERE class <> 'unknown'
    WINDOW w AS (PARTITION BY list_id, vantage, service, domain ORDER BY run_time, run_id)
),
totals AS (
    SELECT run_id, run_time, list_id, vantage, service, count(*) FILTER (WHERE class <> 'n/a') AS offering FROM states GROUP BY ALL
),
compared AS (
    SELECT
        run_id, service, count(*) FILTER (WHERE class <> 'n/a' AND before IS NOT NULL) AS compared,
        count(*) FILTER (WHERE was_ready AND NOT ready) AS lost, count(*) FILTER (WHERE ready AND NOT was_ready) AS gained
    FROM known
    GROUP BY ALL
),
gone AS (
    SELECT * FROM known WHERE was_ready AND NOT ready
)
-- A run in which nobody lost it has a row without a domain.
SELECT
    run_time, list_id, vantage, service,
    coalesce(domain, '') AS domain,
    rank,
    before AS ready_before,
    coalesce(class, '') AS class,
    coalesce(cause, '') AS cause,
    coalesce(reason, '') AS reason,
    coalesce(failing_step, '') AS failing_step,
    coalesce(failing_zone, '') AS failing_zone,
    coalesce(lost, 0) AS lost,
    coalesce(gained, 0) AS gained,
    coalesce(compared, 0) AS compared,
    offering
FROM totals LEFT JOIN compared USING (run_id, service) LEFT JOIN gone USING (run_id, run_time, list_id, vantage, service)
ORDER BY run_time DESC, list_id, vantage, run_id, CASE service WHEN 'web' THEN 1 WHEN 'dns' THEN 2 ELSE 3 END, rank, domain
