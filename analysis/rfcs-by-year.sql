WITH newest AS (
    SELECT snapshot_date, source FROM rfcs ORDER BY snapshot_date DESC, source DESC LIMIT 1
)
SELECT
    CAST(published_year AS VARCHAR) AS year,
    CASE WHEN status = '' THEN 'not told' ELSE status END AS status,
    count(DISTINCT number) AS rfcs,
    snapshot_date
FROM rfcs JOIN newest USING (snapshot_date, source)
WHERE NOT not_issued AND published_year > 0
GROUP BY ALL
ORDER BY year, status
