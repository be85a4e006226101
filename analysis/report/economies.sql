-- The codes under which the registries delegated the most of a type ($4) within the year that ends with a day.
WITH newest AS (
    SELECT registry, max(file_date) AS file_date
    FROM delegations
    WHERE file_date <= CAST($1 AS DATE) AND file_date >= CAST($2 AS DATE) AND registry IN ('afrinic', 'apnic', 'arin', 'lacnic', 'ripencc')
    GROUP BY registry
),
ranges AS (
    SELECT DISTINCT registry, country, start, value, CASE type WHEN 'ipv6' THEN pow(2, 32 - value) ELSE value END AS size
    FROM delegations JOIN newest USING (registry, file_date)
    WHERE type = $4 AND status IN ('allocated', 'assigned') AND date >= CAST($3 AS DATE) AND date < CAST($1 AS DATE)
)
SELECT CASE country WHEN '' THEN 'none' ELSE country END AS code, count(*), sum(size) AS size, 100 * sum(size) / (SELECT nullif(sum(size), 0) FROM ranges)
FROM ranges
GROUP BY code
ORDER BY size DESC, code
LIMIT $5
