SELECT
    dump_time,
    series,
    CAST(family AS BIGINT) AS family,
    collector,
    source,
    CAST(max(value) FILTER (WHERE metric = 'moas_prefixes' AND vantage_address = '') AS BIGINT) AS moas_prefixes,
    CAST(max(value) FILTER (WHERE metric = 'as_set_prefixes' AND vantage_address = '') AS BIGINT) AS as_set_prefixes,
    round(100 * max(value) FILTER (WHERE metric = 'moas_prefixes' AND vantage_address = '')
        / nullif(max(value) FILTER (WHERE metric = 'prefixes' AND vantage_address = ''), 0), 3) AS percent_moas,
    full_feed_ases,
    all_full_feed_ases,
    break
FROM table_stats JOIN feeds USING (collector, source, dump_time, family)
WHERE metric IN ('moas_prefixes', 'as_set_prefixes', 'prefixes')
GROUP BY ALL
HAVING max(value) FILTER (WHERE metric = 'moas_prefixes' AND vantage_address = '') IS NOT NULL
ORDER BY family, dump_time, full_feed_ases DESC NULLS LAST, moas_prefixes DESC, collector, source
