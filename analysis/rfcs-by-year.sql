SELECT
    coalesce(CAST(published_year AS VARCHAR), 'not told') AS year,
    status,
    count(*) AS rfcs,
    any_value(snapshot_date) AS snapshot_date
FROM current
GROUP BY ALL
ORDER BY year, status
