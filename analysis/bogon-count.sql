-- An hour whose routes were judged has every class, be it with 0. Where the registry of the day is not at hand, a class
-- stands only if a younger registry proves one of its bogons: the rest is unknown, not 0.
WITH hours AS (
    SELECT time, bool_or(bogon_class = 'none') AS judged, max(special_registry_date) AS special_registry_date
    FROM route_states
    GROUP BY time
),
classes (bogon_class) AS (
    VALUES ('special-purpose'), ('unallocated'), ('listed'), ('unallocated-asn'), ('reserved-asn'), ('private-asn'), ('documentation-asn'), ('path-asn')
)
SELECT
    strftime(hours.time, '%Y-%m-%d %H:00') AS hour,
    classes.bogon_class,
    count(route.time) AS routes,
    count(*) FILTER (WHERE route.verdict = 'self-feed-only') AS self_feed_only,
    count(*) FILTER (WHERE route.verdict = 'single-feeder') AS single_feeder,
    count(*) FILTER (WHERE route.verdict = 'low') AS low,
    count(*) FILTER (WHERE route.verdict = 'partial') AS partial,
    count(*) FILTER (WHERE route.verdict = 'global') AS global,
    hours.special_registry_date
FROM hours
CROSS JOIN classes
LEFT JOIN route_states AS route ON route.time = hours.time AND route.bogon_class = classes.bogon_class
GROUP BY hours.time, hours.judged, hours.special_registry_date, classes.bogon_class
HAVING hours.judged OR count(route.time) > 0
ORDER BY hour, bogon_class
