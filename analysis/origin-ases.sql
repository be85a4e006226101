SELECT
    dump_time,
    series,
    CAST(family AS BIGINT) AS family,
    collector,
    source,
    CAST(max(value) FILTER (WHERE metric = 'origin_ases' AND vantage_address = '') AS BIGINT) AS origin_ases,
    CAST(max(value) FILTER (WHERE metric = 'stub_ases' AND vantage_address = '') AS BIGINT) AS stub_ases,
    CAST(max(value) FILTER (WHERE metric = 'transit_ases' AND vantage_address = '') AS BIGINT) AS transit_ases,
    CAST(max(value) FILTER (WHERE metric = 'asns_32bit' AND vantage_address = '') AS BIGINT) AS asns_32bit,
    CAST(max(value) FILTER (WHERE metric = 'moas_prefixes' AND vantage_address = '') AS BIGINT) AS moas_prefixes,
    CAST(min(value) FILTER (WHERE metric = 'origin_ases' AND vantage_address <> '') AS BIGINT) AS vantage_min,
    CAST(max(value) FILTER (WHERE metric = 'origin_ases' AND vantage_address <> '') AS BIGINT) AS vantage_max,
    full_feed_ases,
    all_full_feed_ases,
    break
FROM table_stats JOIN feeds USING (collector, source, dump_time, family)
WHERE metric IN ('origin_ases', 'stub_ases', 'transit_ases', 'asns_32bit', 'moas_prefixes')
GROUP BY ALL
HAVING max(value) FILTER (WHERE metric = 'origin_ases' AND vantage_address = '') IS NOT NULL
ORDER BY family, dump_time, full_feed_ases DESC NULLS LAST, origin_ases DESC, collector, source
