SELECT
    dump_time,
    coalesce(any_value(series), 'IPv' || family || ' at ' || collector) AS series,
    CAST(family AS BIGINT) AS family,
    collector,
    coalesce(source, '') AS source,
    max(announced) FILTER (WHERE vantage_address = '') AS announced,
    max(aggregated) FILTER (WHERE vantage_address = '') AS aggregated,
    round(max(announced / aggregated) FILTER (WHERE vantage_address = ''), 3) AS factor,
    round(100 * max(reduction / nullif(announced, 0)) FILTER (WHERE vantage_address = ''), 2) AS percent_saved,
    round(min(announced / aggregated) FILTER (WHERE vantage_address <> ''), 3) AS vantage_min,
    round(max(announced / aggregated) FILTER (WHERE vantage_address <> ''), 3) AS vantage_max,
    any_value(full_feed_ases) AS full_feed_ases,
    any_value(all_full_feed_ases) AS all_full_feed_ases,
    coalesce(any_value(break), '') AS break
FROM aggregation LEFT JOIN feeds USING (collector, dump_time, family)
WHERE origin_asn = 0 AND aggregated > 0
GROUP BY dump_time, collector, family, source
ORDER BY family, dump_time, full_feed_ases DESC NULLS LAST, announced DESC NULLS LAST, collector, source
