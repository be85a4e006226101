SELECT
    dump_time,
    'IPv' || family || ' at ' || collector AS series,
    CAST(family AS BIGINT) AS family,
    collector,
    round(max(value) FILTER (WHERE metric = 'path_length_mean'), 3) AS mean,
    max(value) FILTER (WHERE metric = 'path_length_median') AS median,
    max(value) FILTER (WHERE metric = 'path_length_p90') AS p90,
    round(max(value) FILTER (WHERE metric = 'path_length_sent_mean'), 3) AS mean_as_sent,
    CAST(max(value) FILTER (WHERE metric = 'unique_paths') AS BIGINT) AS unique_paths
FROM table_stats
WHERE vantage_address = '' AND metric IN ('path_length_mean', 'path_length_median', 'path_length_p90', 'path_length_sent_mean', 'unique_paths')
GROUP BY ALL
ORDER BY family, collector, dump_time
