WITH wide AS (
    SELECT collector, dump_time, metric,
        max(value) FILTER (WHERE family = 4) AS ipv4, max(value) FILTER (WHERE family = 6) AS ipv6
    FROM table_stats
    WHERE vantage_address = '' AND metric IN ('prefixes', 'origin_ases', 'transit_ases', 'unique_paths')
    GROUP BY ALL
)
SELECT
    dump_time,
    collector,
    metric,
    CAST(ipv4 AS BIGINT) AS ipv4,
    CAST(ipv6 AS BIGINT) AS ipv6,
    round(100 * ipv6 / nullif(ipv4, 0), 3) AS percent,
    metric || ' at ' || collector AS series
FROM wide
WHERE ipv4 > 0 AND ipv6 > 0
ORDER BY metric, collector, dump_time
