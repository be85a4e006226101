-- An hour whose routes were judged has every class, be it with 0. Where the registry of the day is not at hand, a class
-- stands only if a younger registry proves one of its bogons: the rest is unknown, not 0.
WITH counted AS (
    SELECT time, bogon_class, verdict, count(*) AS routes, max(special_registry_date) AS special_registry_date
    FROM route_states
    GROUP BY ALL
),
hours AS (
    SELECT time, bool_or(bogon_class = 'none') AS judged, max(special_registry_date) AS special_registry_date
    FROM counted
    GROUP BY time
),
classes (bogon_class) AS (
    VALUES ('special-purpose'), ('unallocated'), ('listed'), ('unallocated-asn'), ('reserved-asn'), ('private-asn'), ('documentation-asn'), ('path-asn')
)
SELECT
    hours.time,
    classes.bogon_class,
    CAST(coalesce(sum(counted.routes), 0) AS BIGINT) AS routes,
    CAST(coalesce(sum(counted.routes) FILTER (WHERE counted.verdict = 'self-feed-only'), 0) AS BIGINT) AS self_feed_only,
    CAST(coalesce(sum(counted.routes) FILTER (WHERE counted.verdict = 'single-feeder'), 0) AS BIGINT) AS single_feeder,
    CAST(coalesce(sum(counted.routes) FILTER (WHERE counted.verdict = 'low'), 0) AS BIGINT) AS low,
    CAST(coalesce(sum(counted.routes) FILTER (WHERE counted.verdict = 'partial'), 0) AS BIGINT) AS partial,
    CAST(coalesce(sum(counted.routes) FILTER (WHERE counted.verdict = 'global'), 0) AS BIGINT) AS global,
    hours.special_registry_date
FROM hours
CROSS JOIN classes
LEFT JOIN counted ON counted.time = hours.time AND counted.bogon_class = classes.bogon_class
GROUP BY hours.time, hours.judged, hours.special_registry_date, classes.bogon_class
HAVING hours.judged OR count(counted.time) > 0
ORDER BY hours.time, classes.bogon_class
