,
-- The newest dump of each family; of several at one time, the one with the most full feeds.
newest AS (
    SELECT family, collector, source, dump_time, full_feed_ases, all_full_feed_ases
    FROM table_stats JOIN feeds USING (collector, source, dump_time, family)
    WHERE metric = 'prefixes' AND vantage_address = ''
    QUALIFY row_number() OVER (PARTITION BY family ORDER BY dump_time DESC, full_feed_ases DESC NULLS LAST, value DESC, collector, source) = 1
)
SELECT
    'IPv' || family AS version,
    '/' || key AS length,
    CAST(value AS BIGINT) AS prefixes,
    value / nullif(sum(value) OVER (PARTITION BY family), 0) AS share,
    collector,
    dump_time,
    source,
    full_feed_ases,
    all_full_feed_ases
FROM table_stats JOIN newest USING (family, collector, source, dump_time)
WHERE metric = 'prefixes_by_length' AND vantage_address = ''
ORDER BY family, CAST(key AS INTEGER)
