SELECT
    strftime(time, '%Y-%m-%d %H:00') AS hour,
    bogon_class,
    count(*) AS routes,
    count(*) FILTER (WHERE verdict = 'self-feed-only') AS self_feed_only,
    count(*) FILTER (WHERE verdict = 'single-feeder') AS single_feeder,
    count(*) FILTER (WHERE verdict = 'low') AS low,
    count(*) FILTER (WHERE verdict = 'partial') AS partial,
    count(*) FILTER (WHERE verdict = 'global') AS global,
    max(special_registry_date) AS special_registry_date
FROM route_states
WHERE bogon_class NOT IN ('none', 'unknown')
GROUP BY ALL
ORDER BY hour, bogon_class
