SELECT
    dump_time,
    'IPv' || family || ' at ' || collector AS series,
    CAST(family AS BIGINT) AS family,
    collector,
    CAST(max(value) FILTER (WHERE metric = 'root_prefixes') AS BIGINT) AS root_prefixes,
    CAST(max(value) FILTER (WHERE metric = 'more_specific_prefixes') AS BIGINT) AS more_specific_prefixes,
    round(100 * max(value) FILTER (WHERE metric = 'more_specific_prefixes') / nullif(max(value) FILTER (WHERE metric = 'prefixes'), 0), 4) AS percent_more_specific
FROM table_stats
WHERE vantage_address = '' AND metric IN ('root_prefixes', 'more_specific_prefixes', 'prefixes')
GROUP BY ALL
ORDER BY family, collector, dump_time
