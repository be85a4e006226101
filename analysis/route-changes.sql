SELECT
    time,
    CAST(family AS BIGINT) AS family,
    CASE WHEN origins_before = '' THEN 'new prefix' WHEN moas THEN 'one more origin' ELSE 'another origin' END AS change,
    'IPv' || family || ' ' || change AS series,
    count(*) AS routes,
    count(*) FILTER (WHERE verdict = 'global') AS global,
    count(*) FILTER (WHERE rov_state IN ('invalid-origin', 'invalid-length')) AS rov_invalid
FROM route_states
WHERE newly_seen = 'yes' AND left_out = ''
GROUP BY time, family, change
ORDER BY family, time, change
