-- For how many of the tables before the newest ($3), each a year older, a prefix was there without a gap.
WITH found AS (
    SELECT prefix, list(DISTINCT dump_time) AS times
    FROM routes
    WHERE family = $1 AND collector = $2 AND dump_time IN ($3, $4, $5, $6) AND left_out = ''
    GROUP BY prefix
)
SELECT CAST(CASE
    WHEN NOT list_contains(times, $4) THEN 0
    WHEN NOT list_contains(times, $5) THEN 1
    WHEN NOT list_contains(times, $6) THEN 2
    ELSE 3
END AS BIGINT) AS years, count(*) AS prefixes
FROM found
WHERE list_contains(times, $3)
GROUP BY years
ORDER BY years
