,
counted AS (
    SELECT time, bogon_class, verdict, sum(routes) AS routes
    FROM route_counts
    GROUP BY ALL
),
registries AS (
    SELECT time, max(special_registry_date) AS special_registry_date
    FROM route_hours
    GROUP BY time
),
sources AS (
    SELECT
        time,
        CASE count(DISTINCT measured) WHEN 1 THEN string_agg('IPv' || family, ' and ' ORDER BY family) || ' at ' || any_value(measured)
            ELSE string_agg(series, '; ' ORDER BY family) END AS measured,
        min(full_feed_ases) AS full_feed_ases,
        min(break) FILTER (WHERE break <> '') AS feed_break
    FROM feeds
    GROUP BY time
),
hours AS (
    SELECT
        time, measured, full_feed_ases,
        CASE WHEN measured <> lag(measured) OVER (ORDER BY time) THEN 'collectors: ' || lag(measured) OVER (ORDER BY time) || ' to ' || measured
            ELSE coalesce(feed_break, '') END AS break,
        sum(routes) AS all_routes,
        coalesce(sum(routes) FILTER (WHERE bogon_class <> 'unknown'), 0) AS judged_routes,
        coalesce(sum(routes) FILTER (WHERE bogon_class NOT IN ('none', 'unknown')), 0) AS bogons,
        judged_routes >= 0.95 * all_routes AS judged,
        special_registry_date
    FROM counted JOIN sources USING (time) JOIN registries USING (time)
    GROUP BY time, measured, full_feed_ases, feed_break, special_registry_date
),
classes (bogon_class) AS (
    VALUES ('special-purpose'), ('unallocated'), ('listed'), ('unallocated-asn'), ('reserved-asn'), ('private-asn'), ('documentation-asn'), ('path-asn')
),
reached AS (
    SELECT
        time, bogon_class,
        coalesce(sum(routes), 0) AS routes,
        coalesce(sum(routes) FILTER (WHERE verdict = 'unknown'), 0) AS unknown,
        coalesce(sum(routes) FILTER (WHERE verdict = 'self-feed-only'), 0) AS self_feed_only,
        coalesce(sum(routes) FILTER (WHERE verdict = 'single-feeder'), 0) AS single_feeder,
        coalesce(sum(routes) FILTER (WHERE verdict = 'low'), 0) AS low,
        coalesce(sum(routes) FILTER (WHERE verdict = 'partial'), 0) AS partial,
        coalesce(sum(routes) FILTER (WHERE verdict = 'global'), 0) AS global
    FROM (SELECT time, bogon_class FROM hours CROSS JOIN classes) LEFT JOIN counted USING (time, bogon_class)
    GROUP BY ALL
)
-- Every hour has every class. Where the registries of the day judge too few routes, none has a number; what they prove is in
-- proven_routes.
SELECT
    time,
    bogon_class,
    CAST(CASE WHEN judged THEN routes END AS BIGINT) AS routes,
    CAST(routes AS BIGINT) AS proven_routes,
    CAST(CASE WHEN unknown = 0 AND judged THEN self_feed_only END AS BIGINT) AS self_feed_only,
    CAST(CASE WHEN unknown = 0 AND judged THEN single_feeder END AS BIGINT) AS single_feeder,
    CAST(CASE WHEN unknown = 0 AND judged THEN low END AS BIGINT) AS low,
    CAST(CASE WHEN unknown = 0 AND judged THEN partial END AS BIGINT) AS partial,
    CAST(CASE WHEN unknown = 0 AND judged THEN global END AS BIGINT) AS global,
    special_registry_date,
    measured,
    CAST(CASE WHEN judged THEN bogons END AS BIGINT) AS all_bogons,
    CAST(bogons AS BIGINT) AS proven_bogons,
    CAST(judged_routes AS BIGINT) AS judged_routes,
    CAST(all_routes AS BIGINT) AS all_routes,
    full_feed_ases,
    break
FROM reached JOIN hours USING (time)
ORDER BY time, bogon_class
