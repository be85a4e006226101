,
-- Every dump has every reason: no row of table_stats means that nothing was left out for it.
reasons (reason) AS (
    VALUES ('default-route'), ('too-short'), ('too-long')
),
counted AS (
    SELECT collector, source, dump_time, family, key AS reason, max(value) AS prefixes
    FROM table_stats
    WHERE vantage_address = '' AND metric = 'left_out'
    GROUP BY ALL
)
SELECT
    dump_time,
    series || ': ' || reason AS series,
    CAST(family AS BIGINT) AS family,
    collector,
    source,
    reason,
    CASE reason WHEN 'default-route' THEN 'a default route'
        WHEN 'too-short' THEN CASE family WHEN 4 THEN 'shorter than /8' ELSE 'shorter than /16' END
        ELSE CASE family WHEN 4 THEN 'longer than /24' ELSE 'longer than /48' END END AS meaning,
    CAST(coalesce(prefixes, 0) AS BIGINT) AS prefixes,
    CAST(sum(coalesce(prefixes, 0)) OVER (PARTITION BY collector, source, dump_time, family) AS BIGINT) AS all_left_out,
    full_feed_ases,
    all_full_feed_ases,
    break
FROM feeds CROSS JOIN reasons LEFT JOIN counted USING (collector, source, dump_time, family, reason)
ORDER BY family, dump_time, full_feed_ases DESC NULLS LAST, all_left_out DESC, collector, source, prefixes DESC, reason
