SELECT
    dump_time,
    'IPv' || family || ' at ' || collector AS series,
    CAST(family AS BIGINT) AS family,
    collector,
    max(announced) FILTER (WHERE vantage_address = '') AS announced,
    max(aggregated) FILTER (WHERE vantage_address = '') AS aggregated,
    round(max(announced / aggregated) FILTER (WHERE vantage_address = ''), 3) AS factor,
    round(100 * max(reduction / announced) FILTER (WHERE vantage_address = ''), 2) AS percent_saved,
    round(min(announced / aggregated) FILTER (WHERE vantage_address <> ''), 3) AS vantage_min,
    round(max(announced / aggregated) FILTER (WHERE vantage_address <> ''), 3) AS vantage_max
FROM aggregation
WHERE origin_asn = 0 AND aggregated > 0
GROUP BY dump_time, collector, family
ORDER BY family, collector, dump_time
