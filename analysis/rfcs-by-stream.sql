SELECT
    CAST(covered_year AS VARCHAR) AS year,
    stream,
    count(*) AS rfcs,
    count(*) FILTER (WHERE undated) AS undated,
    CAST(sum(count(*)) FILTER (WHERE stream <> 'not told') OVER () AS BIGINT) AS known_rfcs,
    CAST(sum(count(*)) OVER () AS BIGINT) AS all_rfcs,
    as_of,
    dates_as_of
FROM current
GROUP BY covered_year, stream, as_of, dates_as_of
ORDER BY year NULLS LAST, stream
