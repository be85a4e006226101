-- One table a day and family: of dumps that of the collector with the most full-feed peers, else that of others.
WITH tables AS (
    SELECT
        dump_time,
        CAST(family AS BIGINT) AS family,
        collector,
        source,
        CAST(max(value) FILTER (WHERE metric = 'prefixes' AND vantage_address = '') AS BIGINT) AS prefixes,
        CAST(median(value) FILTER (WHERE metric = 'prefixes' AND vantage_address <> '') AS BIGINT) AS vantage_median,
        CAST(min(value) FILTER (WHERE metric = 'prefixes' AND vantage_address <> '') AS BIGINT) AS vantage_min,
        CAST(max(value) FILTER (WHERE metric = 'prefixes' AND vantage_address <> '') AS BIGINT) AS vantage_max,
        CAST(max(value) FILTER (WHERE metric = 'origin_ases' AND vantage_address = '') AS BIGINT) AS origin_ases,
        CAST(max(value) FILTER (WHERE metric = 'full_feed_peers') AS BIGINT) AS full_feed_peers
    FROM table_stats
    WHERE metric IN ('prefixes', 'origin_ases', 'full_feed_peers')
    GROUP BY ALL
    -- A table of ten prefixes, as a collector without peers of the family has it, is no table of the Internet.
    HAVING max(value) FILTER (WHERE metric = 'full_feed_peers') > 0 OR source <> 'rib'
),
-- The table of the Internet does not shrink to half: such a one is of a collector without full tables of the family.
whole AS (
    SELECT * FROM tables
    QUALIFY 2 * prefixes >= max(prefixes) OVER (PARTITION BY family ORDER BY dump_time)
),
chosen AS (
    SELECT * FROM whole
    QUALIFY row_number() OVER (
        PARTITION BY family, date_trunc('day', dump_time)
        ORDER BY source = 'rib' DESC, full_feed_peers DESC NULLS LAST, prefixes DESC, collector, dump_time
    ) = 1
)
SELECT
    dump_time,
    'IPv' || family AS series,
    family,
    prefixes,
    vantage_min,
    vantage_median,
    vantage_max,
    origin_ases,
    source,
    collector,
    CASE
        WHEN lag(source) OVER s <> source THEN 'source: ' || lag(source) OVER s || ' to ' || source
        WHEN lag(collector) OVER s <> collector THEN 'collector: ' || lag(collector) OVER s || ' to ' || collector
        ELSE ''
    END AS break
FROM chosen
WINDOW s AS (PARTITION BY family ORDER BY dump_time)
ORDER BY family, dump_time
