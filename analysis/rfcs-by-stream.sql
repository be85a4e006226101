SELECT
    coalesce(CAST(published_year AS VARCHAR), 'not told') AS year,
    stream,
    count(*) AS rfcs
FROM current
GROUP BY ALL
ORDER BY year, stream
