,
newest AS (SELECT max(time) AS time FROM route_hours),
judged AS (
    SELECT time, CAST(sum(routes) AS BIGINT) AS all_routes, CAST(coalesce(sum(routes) FILTER (WHERE bogon_class <> 'unknown'), 0) AS BIGINT) AS judged_routes
    FROM route_counts JOIN newest USING (time)
    GROUP BY time
)
SELECT
    time,
    prefix,
    CAST(origin_asn AS BIGINT) AS origin_asn,
    bogon_class,
    bogon_reason,
    verdict,
    CAST(nullif(peers, 0) AS BIGINT) AS peers,
    CAST(CASE WHEN full_feed_total > 0 THEN full_feed_peers END AS BIGINT) AS full_feed_peers,
    CAST(nullif(full_feed_total, 0) AS BIGINT) AS full_feed_total,
    seen_by,
    special_registry_date,
    space_registry_date,
    measured,
    count(*) OVER () AS all_bogons,
    CASE WHEN judged_routes < 0.95 * all_routes THEN 'at least' ELSE '' END AS bound,
    CASE WHEN count(*) FILTER (WHERE verdict = 'unknown') OVER () = 0 THEN count(*) FILTER (WHERE verdict = 'global') OVER () END AS all_global,
    CASE WHEN count(*) FILTER (WHERE verdict = 'unknown') OVER () = 0 THEN count(*) FILTER (WHERE verdict = 'self-feed-only') OVER () END AS all_self_feed_only,
    judged_routes,
    all_routes,
    full_feed_ases
FROM (SELECT * EXCLUDE (full_feed_ases) FROM route_states) JOIN judged USING (time) JOIN feeds USING (time, family)
WHERE bogon_class NOT IN ('none', 'unknown')
ORDER BY bogon_class, family, prefix, origin_asn, origin_set
LIMIT 20000
