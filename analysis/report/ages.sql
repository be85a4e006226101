-- For how many of the tables before the newest ($2), each a year older, a prefix was there without a gap.
WITH found AS (
    SELECT
        bool_or(dump_time = $2) AS now, bool_or(dump_time = $3) AS one, bool_or(dump_time = $4) AS two, bool_or(dump_time = $5) AS three
    FROM origins_of
    WHERE family = $1 AND dump_time IN ($2, $3, $4, $5)
    GROUP BY prefix
)
SELECT CAST(CASE WHEN NOT one THEN 0 WHEN NOT two THEN 1 WHEN NOT three THEN 2 ELSE 3 END AS BIGINT) AS years, count(*) AS prefixes
FROM found
WHERE now
GROUP BY years
ORDER BY years
