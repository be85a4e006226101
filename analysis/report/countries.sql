-- The countries whose ASes originate the most prefixes in an hour's tables ($4), and what they had in the one before.
WITH counted AS (
    SELECT
        country,
        sum(prefixes) FILTER (WHERE time = date_trunc('hour', CAST($4 AS TIMESTAMP))) AS prefixes,
        sum(ases) FILTER (WHERE time = date_trunc('hour', CAST($4 AS TIMESTAMP))) AS ases,
        sum(prefixes) FILTER (WHERE time = date_trunc('hour', CAST($3 AS TIMESTAMP))) AS prefixes_before
    FROM country_stats
    WHERE family = $1 AND registration = 'as' AND registries_known = 5 AND country <> 'unknown' AND $2 <> ''
        AND time IN (date_trunc('hour', CAST($3 AS TIMESTAMP)), date_trunc('hour', CAST($4 AS TIMESTAMP)))
    GROUP BY country
)
SELECT CASE country WHEN '' THEN 'none' ELSE country END AS code, prefixes, ases, prefixes_before
FROM counted
WHERE prefixes > 0
ORDER BY prefixes DESC, code
LIMIT $5
