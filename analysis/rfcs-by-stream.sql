SELECT
    CAST(covered_year AS VARCHAR) AS year,
    stream,
    count(*) AS rfcs,
    count(*) FILTER (WHERE undated) AS undated,
    as_of,
    dates_as_of
FROM current
GROUP BY ALL
ORDER BY year NULLS LAST, stream
