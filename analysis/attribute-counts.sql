,
-- Dumps that an earlier version decoded have no row of attribute_entries: what their entries have is unknown.
totals AS (
    SELECT collector, source, dump_time, family,
        max(value) FILTER (WHERE metric = 'entries') AS entries,
        max(value) FILTER (WHERE metric = 'all_prefixes') AS prefixes,
        count(*) FILTER (WHERE metric = 'attribute_entries') > 0 AS counted
    FROM table_stats
    WHERE vantage_address = '' AND metric IN ('entries', 'all_prefixes', 'attribute_entries')
    GROUP BY ALL
    HAVING count(*) FILTER (WHERE metric = 'entries') > 0
),
attributes AS (
    SELECT DISTINCT key AS attribute FROM table_stats WHERE metric = 'attribute_entries' AND vantage_address = ''
),
marks AS (
    SELECT collector, source, dump_time, family, key AS attribute,
        max(value) FILTER (WHERE metric = 'attribute_entries') AS with_entries,
        max(value) FILTER (WHERE metric = 'attribute_prefixes') AS with_prefixes
    FROM table_stats
    WHERE vantage_address = '' AND metric IN ('attribute_entries', 'attribute_prefixes')
    GROUP BY ALL
),
-- Of one vantage point, no row means no entry.
spread AS (
    SELECT v.collector, v.source, v.dump_time, v.family, attribute,
        median(100 * coalesce(m.value, 0) / v.value) AS vantage_median,
        min(100 * coalesce(m.value, 0) / v.value) AS vantage_min,
        max(100 * coalesce(m.value, 0) / v.value) AS vantage_max
    FROM table_stats AS v
    JOIN totals ON totals.collector = v.collector AND totals.source = v.source AND totals.dump_time = v.dump_time AND totals.family = v.family
    CROSS JOIN attributes
    LEFT JOIN table_stats AS m ON m.metric = 'attribute_entries' AND m.key = attribute AND m.collector = v.collector AND m.source = v.source
        AND m.dump_time = v.dump_time AND m.family = v.family AND m.vantage_address = v.vantage_address AND m.vantage_asn = v.vantage_asn
    WHERE v.metric = 'entries' AND v.vantage_address <> '' AND v.value > 0 AND counted
    GROUP BY ALL
),
counts AS (
    SELECT
        totals.dump_time AS dump_time,
        series || ': ' || attribute AS series,
        CAST(totals.family AS BIGINT) AS family,
        totals.collector AS collector,
        totals.source AS source,
        attribute,
        CAST(with_entries AS BIGINT) AS entries,
        CAST(with_prefixes AS BIGINT) AS prefixes,
        CAST(totals.entries AS BIGINT) AS table_entries,
        CAST(totals.prefixes AS BIGINT) AS table_prefixes,
        CAST(CASE WHEN counted THEN totals.entries ELSE 0 END AS BIGINT) AS known_entries,
        100 * with_entries / nullif(totals.entries, 0) AS percent,
        round(vantage_median, 4) AS vantage_median,
        round(vantage_min, 4) AS vantage_min,
        round(vantage_max, 4) AS vantage_max,
        full_feed_ases,
        all_full_feed_ases,
        break
    FROM totals JOIN feeds USING (collector, source, dump_time, family)
    CROSS JOIN attributes
    LEFT JOIN marks USING (collector, source, dump_time, family, attribute)
    LEFT JOIN spread USING (collector, source, dump_time, family, attribute)
)
