-- The newest dump of each family; of two at one time the one with more prefixes.
WITH newest AS (
    SELECT family, collector, dump_time
    FROM table_stats
    WHERE metric = 'prefixes' AND vantage_address = ''
    QUALIFY row_number() OVER (PARTITION BY family ORDER BY dump_time DESC, value DESC, collector) = 1
)
SELECT
    'IPv' || family AS version,
    '/' || key AS length,
    CAST(value AS BIGINT) AS prefixes,
    value / sum(value) OVER (PARTITION BY family) AS share,
    collector,
    dump_time
FROM table_stats JOIN newest USING (family, collector, dump_time)
WHERE metric = 'prefixes_by_length' AND vantage_address = ''
ORDER BY family, CAST(key AS INTEGER)
