WITH newest AS (SELECT collector, family, max(dump_time) AS dump_time FROM aggregation GROUP BY ALL)
SELECT
    dump_time,
    collector,
    CAST(family AS BIGINT) AS family,
    'AS' || origin_asn AS origin,
    announced,
    aggregated,
    reduction,
    round(100 * reduction / announced, 1) AS percent_saved
FROM aggregation JOIN newest USING (collector, family, dump_time)
WHERE origin_asn > 0
QUALIFY row_number() OVER (PARTITION BY collector, family ORDER BY reduction DESC, origin_asn) <= 50
ORDER BY family, collector, reduction DESC, origin_asn
