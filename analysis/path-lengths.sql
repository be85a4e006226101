SELECT
    dump_time,
    series,
    CAST(family AS BIGINT) AS family,
    collector,
    source,
    round(max(value) FILTER (WHERE metric = 'path_length_mean' AND vantage_address = ''), 3) AS mean,
    max(value) FILTER (WHERE metric = 'path_length_median' AND vantage_address = '') AS median,
    max(value) FILTER (WHERE metric = 'path_length_p90' AND vantage_address = '') AS p90,
    round(max(value) FILTER (WHERE metric = 'path_length_sent_mean' AND vantage_address = ''), 3) AS mean_as_sent,
    CAST(max(value) FILTER (WHERE metric = 'unique_paths' AND vantage_address = '') AS BIGINT) AS unique_paths,
    round(min(value) FILTER (WHERE metric = 'path_length_mean' AND vantage_address <> ''), 3) AS vantage_min,
    round(max(value) FILTER (WHERE metric = 'path_length_mean' AND vantage_address <> ''), 3) AS vantage_max,
    full_feed_ases,
    all_full_feed_ases,
    break
FROM table_stats JOIN feeds USING (collector, source, dump_time, family)
WHERE metric IN ('path_length_mean', 'path_length_median', 'path_length_p90', 'path_length_sent_mean', 'unique_paths')
GROUP BY ALL
ORDER BY family, dump_time, full_feed_ases DESC NULLS LAST, unique_paths DESC NULLS LAST, collector, source
