SELECT
    dump_time,
    'IPv' || family || ' at ' || collector AS series,
    CAST(family AS BIGINT) AS family,
    collector,
    max(value) FILTER (WHERE metric = 'address_span') AS address_span,
    round(max(value) FILTER (WHERE metric = 'address_span') / CASE WHEN any_value(family) = 4 THEN pow(2, 24) ELSE pow(2, 32) END, 3) AS span_in_blocks,
    round(100 * max(value) FILTER (WHERE metric = 'address_span') / CASE WHEN any_value(family) = 4 THEN pow(2, 32) ELSE pow(2, 61) END, 4) AS percent_of_unicast,
    round(CASE WHEN any_value(family) = 4 THEN 32 ELSE 64 END - log2(max(value) FILTER (WHERE metric = 'address_span') / max(value) FILTER (WHERE metric = 'prefixes')), 2) AS average_length
FROM table_stats
WHERE vantage_address = '' AND metric IN ('address_span', 'prefixes')
GROUP BY ALL
ORDER BY family, collector, dump_time
