SELECT
    dump_time,
    'IPv' || family || ' at ' || collector || ': ' || key AS series,
    CAST(family AS BIGINT) AS family,
    collector,
    key AS reason,
    CAST(max(value) AS BIGINT) AS prefixes
FROM table_stats
WHERE vantage_address = '' AND metric = 'left_out'
GROUP BY ALL
ORDER BY family, collector, dump_time, reason
