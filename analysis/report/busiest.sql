,
named AS (
    SELECT
        *,
        CASE $5 WHEN 'prefix' THEN prefix ELSE CAST(origin_asn AS VARCHAR) END AS name
    FROM counted
    WHERE $5 = 'prefix' OR origin_asn > 0
)
SELECT
    any_value(collector), CAST($3 AS DATE), name,
    CAST(arg_max(origin_asn, (update_day, origin_asn)) AS BIGINT), count(DISTINCT prefix),
    sum(updates) AS updates, 100 * sum(updates) / (SELECT nullif(sum(updates), 0) FROM counted), sum(events)
FROM named
GROUP BY name
ORDER BY updates DESC, name
LIMIT $6
