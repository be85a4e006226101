SELECT
    dump_time,
    'IPv' || family || ' at ' || collector AS series,
    CAST(family AS BIGINT) AS family,
    collector,
    CAST(max(value) FILTER (WHERE metric = 'moas_prefixes' AND vantage_address = '') AS BIGINT) AS moas_prefixes,
    CAST(max(value) FILTER (WHERE metric = 'as_set_prefixes' AND vantage_address = '') AS BIGINT) AS as_set_prefixes,
    round(100 * max(value) FILTER (WHERE metric = 'moas_prefixes' AND vantage_address = '')
        / nullif(max(value) FILTER (WHERE metric = 'prefixes' AND vantage_address = ''), 0), 3) AS percent_moas
FROM table_stats
WHERE metric IN ('moas_prefixes', 'as_set_prefixes', 'prefixes')
GROUP BY ALL
HAVING max(value) FILTER (WHERE metric = 'moas_prefixes' AND vantage_address = '') IS NOT NULL
ORDER BY family, collector, dump_time
