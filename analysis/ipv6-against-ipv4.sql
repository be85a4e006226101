,
wide AS (
    SELECT collector, source, dump_time, metric,
        max(value) FILTER (WHERE family = 4) AS ipv4, max(value) FILTER (WHERE family = 6) AS ipv6
    FROM table_stats
    WHERE vantage_address = '' AND metric IN ('prefixes', 'origin_ases', 'transit_ases', 'unique_paths')
    GROUP BY ALL
),
-- A comparison holds as long as the full feeds of both families do.
both_feeds AS (
    SELECT collector, source, dump_time, min(full_feed_ases) AS full_feed_ases, min({'ases': full_feed_ases, 'of': all_full_feed_ases}).of AS all_full_feed_ases, coalesce(min(break) FILTER (WHERE break <> ''), '') AS break
    FROM feeds
    GROUP BY ALL
)
SELECT
    dump_time,
    collector,
    source,
    metric,
    CAST(ipv4 AS BIGINT) AS ipv4,
    CAST(ipv6 AS BIGINT) AS ipv6,
    round(100 * ipv6 / nullif(ipv4, 0), 3) AS percent,
    CASE metric WHEN 'origin_ases' THEN 'origin ASes' WHEN 'transit_ases' THEN 'transit ASes' WHEN 'unique_paths' THEN 'paths' ELSE metric END
        || CASE source WHEN 'rib' THEN ' at ' || collector ELSE ' of ' || collector || ' (' || source || ')' END AS series,
    full_feed_ases,
    all_full_feed_ases,
    break
FROM wide JOIN both_feeds USING (collector, source, dump_time)
WHERE ipv4 > 0 AND ipv6 > 0
ORDER BY metric, dump_time, full_feed_ases DESC NULLS LAST, ipv4 DESC, collector, source
