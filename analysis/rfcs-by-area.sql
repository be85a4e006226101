SELECT
    area,
    count(*) AS rfcs,
    count(*) FILTER (WHERE published_year >= year(snapshot_date) - 5) AS of_the_last_five_years
FROM current
WHERE area <> 'none'
GROUP BY ALL
ORDER BY rfcs DESC, area
