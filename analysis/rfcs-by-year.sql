SELECT
    CAST(covered_year AS VARCHAR) AS year,
    status,
    count(*) AS rfcs,
    count(*) FILTER (WHERE undated) AS undated,
    as_of,
    min(status_as_of) AS status_as_of,
    dates_as_of
FROM current
GROUP BY ALL
ORDER BY year NULLS LAST, status
