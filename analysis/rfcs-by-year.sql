SELECT
    CAST(covered_year AS VARCHAR) AS year,
    status,
    count(*) AS rfcs,
    count(*) FILTER (WHERE undated) AS undated,
    as_of,
    min(status_as_of) AS status_as_of,
    min(min(status_as_of)) OVER (PARTITION BY status) AS level_as_of,
    CAST(sum(count(*)) FILTER (WHERE status <> 'not told') OVER () AS BIGINT) AS known_rfcs,
    CAST(sum(count(*)) OVER () AS BIGINT) AS all_rfcs,
    dates_as_of
FROM current
GROUP BY covered_year, status, as_of, dates_as_of
ORDER BY year NULLS LAST, status
