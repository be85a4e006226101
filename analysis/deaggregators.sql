WITH newest AS (SELECT collector, family, max(dump_time) AS dump_time FROM aggregation GROUP BY ALL),
names AS (SELECT asn, arg_max(name, file_date) AS name FROM as_names GROUP BY asn)
SELECT
    dump_time,
    collector,
    CAST(family AS BIGINT) AS family,
    'AS' || origin_asn AS origin,
    coalesce(names.name, '') AS name,
    announced,
    aggregated,
    reduction,
    round(100 * reduction / announced, 1) AS percent_saved
FROM aggregation JOIN newest USING (collector, family, dump_time) LEFT JOIN names ON names.asn = origin_asn
WHERE origin_asn > 0
QUALIFY row_number() OVER (PARTITION BY collector, family ORDER BY reduction DESC, origin_asn) <= 50
ORDER BY family, collector, reduction DESC, origin_asn
