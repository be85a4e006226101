,
covered AS (SELECT max(covered_year) AS newest FROM current),
areas AS (
    SELECT snapshot_date, source FROM rfcs JOIN believed USING (snapshot_date, source) WHERE rfcs.area <> '' ORDER BY snapshot_date DESC, source LIMIT 1
)
SELECT
    r.area,
    count(*) AS rfcs,
    count(*) FILTER (WHERE covered_year > covered.newest - 5) AS of_the_last_five_years,
    count(*) FILTER (WHERE undated) AS undated,
    CAST(covered.newest AS VARCHAR) AS newest_year,
    r.snapshot_date AS as_of
FROM current JOIN rfcs r USING (number) JOIN areas ON areas.snapshot_date = r.snapshot_date AND areas.source = r.source CROSS JOIN covered
WHERE r.area <> ''
GROUP BY ALL
ORDER BY rfcs DESC, r.area
