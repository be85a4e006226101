-- The routes of a table by route origin validation and by class of bogon.
SELECT metric || ' ' || key, CAST(max(routes) AS DOUBLE), NULL, NULL
FROM state_stats
WHERE family = $1 AND collector = $2 AND dump_time = $3 AND vantage_address = '' AND metric IN ('rov_state', 'bogon_class')
GROUP BY ALL
ORDER BY ALL
