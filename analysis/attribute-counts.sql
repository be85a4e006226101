,
dumps AS (
    SELECT collector, source, dump_time, family,
        max(value) FILTER (WHERE metric = 'entries' AND vantage_address = '') AS table_entries,
        max(value) FILTER (WHERE metric = 'all_prefixes' AND vantage_address = '') AS table_prefixes,
        count(*) FILTER (WHERE metric = 'entries' AND vantage_address <> '' AND value > 0) AS vantages
    FROM table_stats
    WHERE metric IN ('entries', 'all_prefixes')
    GROUP BY ALL
),
-- Dumps that were decoded before attributes were counted have no row.
marks AS (
    SELECT collector, source, dump_time, family, key AS attribute,
        CAST(max(value) FILTER (WHERE metric = 'attribute_entries') AS BIGINT) AS entries,
        CAST(max(value) FILTER (WHERE metric = 'attribute_prefixes') AS BIGINT) AS prefixes
    FROM table_stats
    WHERE metric IN ('attribute_entries', 'attribute_prefixes') AND vantage_address = ''
    GROUP BY ALL
),
-- Only vantage points that have the attribute have a row.
spread AS (
    SELECT m.collector, m.source, m.dump_time, m.family, m.key AS attribute,
        count(*) AS seen, min(100 * m.value / v.value) AS least, max(100 * m.value / v.value) AS most
    FROM table_stats AS m
    JOIN table_stats AS v USING (collector, source, dump_time, family, vantage_address, vantage_asn)
    WHERE m.metric = 'attribute_entries' AND v.metric = 'entries' AND v.value > 0 AND m.vantage_address <> ''
    GROUP BY ALL
),
counts AS (
    SELECT
        dump_time,
        series,
        CAST(family AS BIGINT) AS family,
        collector,
        source,
        attribute,
        entries,
        prefixes,
        CAST(table_entries AS BIGINT) AS table_entries,
        CAST(table_prefixes AS BIGINT) AS table_prefixes,
        100 * entries / nullif(table_entries, 0) AS percent,
        CASE WHEN seen = vantages THEN round(least, 4) WHEN vantages > 0 THEN 0 END AS vantage_min,
        CASE WHEN vantages > 0 THEN round(coalesce(most, 0), 4) END AS vantage_max,
        full_feed_ases,
        all_full_feed_ases,
        break
    FROM marks
    JOIN dumps USING (collector, source, dump_time, family)
    JOIN feeds USING (collector, source, dump_time, family)
    LEFT JOIN spread USING (collector, source, dump_time, family, attribute)
)
