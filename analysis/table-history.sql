,
-- One table a day and family: of dumps that of the collector with the most full-feed peers, else that of others.
tables AS (
    SELECT
        dump_time,
        family,
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
    -- A table of ten prefixes, as a collector without peers of the family has it, is not a table of the Internet.
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
),
-- Between two chosen tables of a collector others may lie, so each is compared with the one chosen before it.
followed AS (
    SELECT
        chosen.*,
        ases,
        all_full_feed_ases,
        lag(source) OVER s AS source_before,
        lag(collector) OVER s AS collector_before,
        lag(ases) OVER s AS ases_before
    FROM chosen JOIN gathered USING (collector, source, dump_time, family)
        JOIN (SELECT collector, source, dump_time, family, all_full_feed_ases FROM feeds) AS hours USING (collector, source, dump_time, family)
    WINDOW s AS (PARTITION BY family ORDER BY dump_time)
)
SELECT
    dump_time,
    'IPv' || family AS series,
    CAST(family AS BIGINT) AS family,
    prefixes,
    vantage_min,
    vantage_median,
    vantage_max,
    origin_ases,
    source,
    collector,
    CASE
        WHEN source_before <> source THEN 'source: ' || source_before || ' to ' || source
        WHEN collector_before <> collector THEN 'collector: ' || collector_before || ' to ' || collector
        WHEN 10 * (len(list_filter(ases, x -> NOT list_contains(ases_before, x))) + len(list_filter(ases_before, x -> NOT list_contains(ases, x)))) > len(ases_before)
            THEN 'more than a tenth of the full feeds'
        ELSE ''
    END AS break,
    CAST(len(ases) AS BIGINT) AS full_feed_ases,
    all_full_feed_ases
FROM followed
ORDER BY family, dump_time
