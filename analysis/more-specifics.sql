,
-- A table a vantage; the one without an address is that of all peers together.
tables AS (
    SELECT dump_time, collector, source, family, vantage_address, vantage_asn,
        max(value) FILTER (WHERE metric = 'root_prefixes') AS root,
        max(value) FILTER (WHERE metric = 'more_specific_prefixes') AS specific,
        100 * max(value) FILTER (WHERE metric = 'more_specific_same_path') / nullif(max(value) FILTER (WHERE metric = 'more_specific_prefixes'), 0) AS same_path,
        100 * max(value) FILTER (WHERE metric = 'more_specific_prefixes') / nullif(max(value) FILTER (WHERE metric = 'prefixes'), 0) AS percent
    FROM table_stats
    WHERE metric IN ('root_prefixes', 'more_specific_prefixes', 'more_specific_same_path', 'prefixes')
    GROUP BY ALL
)
SELECT
    dump_time,
    series,
    CAST(family AS BIGINT) AS family,
    collector,
    source,
    CAST(max(root) FILTER (WHERE vantage_address = '') AS BIGINT) AS root_prefixes,
    CAST(max(specific) FILTER (WHERE vantage_address = '') AS BIGINT) AS more_specific_prefixes,
    round(max(percent) FILTER (WHERE vantage_address = ''), 4) AS percent_more_specific,
    round(median(same_path) FILTER (WHERE vantage_address <> ''), 2) AS percent_same_path,
    round(min(percent) FILTER (WHERE vantage_address <> ''), 4) AS vantage_min,
    round(max(percent) FILTER (WHERE vantage_address <> ''), 4) AS vantage_max,
    full_feed_ases,
    all_full_feed_ases,
    break
FROM tables JOIN feeds USING (collector, source, dump_time, family)
GROUP BY ALL
ORDER BY family, dump_time, full_feed_ases DESC NULLS LAST, more_specific_prefixes DESC NULLS LAST, collector, source
