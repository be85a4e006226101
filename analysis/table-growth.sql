-- The table of all peers together, and the spread over the peers that send a full table.
SELECT
    dump_time,
    series,
    CAST(family AS BIGINT) AS family,
    collector,
    source,
    CAST(max(value) FILTER (WHERE vantage_address = '') AS BIGINT) AS prefixes,
    full_feed_ases,
    all_full_feed_ases,
    CASE WHEN any_value(source) = 'rib' THEN count(DISTINCT (vantage_address, vantage_asn)) FILTER (WHERE vantage_address <> '') END AS vantages,
    CAST(min(value) FILTER (WHERE vantage_address <> '') AS BIGINT) AS vantage_min,
    median(value) FILTER (WHERE vantage_address <> '') AS vantage_median,
    CAST(max(value) FILTER (WHERE vantage_address <> '') AS BIGINT) AS vantage_max,
    break
FROM table_stats JOIN feeds USING (collector, source, dump_time, family)
WHERE metric = 'prefixes'
GROUP BY ALL
ORDER BY family, dump_time, full_feed_ases DESC NULLS LAST, prefixes DESC NULLS LAST, collector, source
