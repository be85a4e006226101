-- A table a vantage; the one without an address is that of all peers together.
WITH tables AS (
    SELECT dump_time, collector, family, vantage_address, vantage_asn,
        max(value) FILTER (WHERE metric = 'address_span') AS span,
        max(value) FILTER (WHERE metric = 'prefixes') AS prefixes,
        100 * max(value) FILTER (WHERE metric = 'address_span') / CASE WHEN any_value(family) = 4 THEN pow(2, 32) ELSE pow(2, 61) END AS percent
    FROM table_stats
    WHERE metric IN ('address_span', 'prefixes')
    GROUP BY ALL
)
SELECT
    dump_time,
    'IPv' || family || ' at ' || collector AS series,
    CAST(family AS BIGINT) AS family,
    collector,
    max(span) FILTER (WHERE vantage_address = '') AS address_span,
    round(max(span) FILTER (WHERE vantage_address = '') / CASE WHEN any_value(tables.family) = 4 THEN pow(2, 24) ELSE pow(2, 32) END, 3) AS span_in_blocks,
    round(max(percent) FILTER (WHERE vantage_address = ''), 4) AS percent_of_unicast,
    round(CASE WHEN any_value(tables.family) = 4 THEN 32 ELSE 64 END - log2(max(span) FILTER (WHERE vantage_address = '')), 4) AS span_as_one_prefix,
    round(CASE WHEN any_value(tables.family) = 4 THEN 32 ELSE 64 END - log2(max(span / nullif(prefixes, 0)) FILTER (WHERE vantage_address = '')), 4) AS average_length,
    round(min(percent) FILTER (WHERE vantage_address <> ''), 4) AS vantage_min,
    round(max(percent) FILTER (WHERE vantage_address <> ''), 4) AS vantage_max
FROM tables
WHERE span > 0
GROUP BY dump_time, collector, family
ORDER BY family, collector, dump_time
