,
-- The newest dump of each family; of several at one time, the one with the most full feeds.
newest AS (
    SELECT family, collector, dump_time, full_feed_ases, all_full_feed_ases, coalesce(source, '') AS source, announced AS table_size
    FROM aggregation LEFT JOIN feeds USING (collector, dump_time, family)
    WHERE origin_asn = 0 AND vantage_address = ''
    QUALIFY row_number() OVER (PARTITION BY family ORDER BY dump_time DESC, full_feed_ases DESC NULLS LAST, announced DESC, collector, source) = 1
),
names AS (SELECT asn, arg_max(name, file_date || ' ' || name) AS name FROM as_names GROUP BY asn)
SELECT
    dump_time,
    collector,
    source,
    CAST(family AS BIGINT) AS family,
    'IPv' || family || ', ' || strftime(dump_time, '%Y-%m-%d') AS series,
    'AS' || origin_asn AS origin,
    coalesce(names.name, '') AS name,
    'AS' || origin_asn || coalesce(' (' || nullif(CASE WHEN length(names.name) > 40 THEN left(names.name, 39) || '…' ELSE names.name END, '') || ')', '') AS network,
    row_number() OVER (PARTITION BY family ORDER BY reduction DESC, origin_asn) AS place,
    announced,
    aggregated,
    reduction,
    round(100 * reduction / nullif(announced, 0), 1) AS percent_saved,
    full_feed_ases,
    all_full_feed_ases
FROM aggregation JOIN newest USING (collector, family, dump_time) LEFT JOIN names ON names.asn = origin_asn
WHERE origin_asn > 0 AND vantage_address = ''
QUALIFY place <= 50
ORDER BY place, family
