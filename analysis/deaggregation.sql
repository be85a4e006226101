SELECT
    dump_time,
    'IPv' || family || ' at ' || collector AS series,
    CAST(family AS BIGINT) AS family,
    collector,
    announced,
    aggregated,
    round(announced / nullif(aggregated, 0), 3) AS factor,
    round(100 * reduction / nullif(announced, 0), 2) AS percent_saved
FROM aggregation
WHERE origin_asn = 0
ORDER BY family, collector, dump_time
