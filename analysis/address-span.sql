,
-- A table a vantage; the one without an address is that of all peers together.
tables AS (
    SELECT dump_time, collector, source, family, vantage_address, vantage_asn,
        max(value) FILTER (WHERE metric = 'address_span') AS span,
        max(value) FILTER (WHERE metric = 'prefixes') AS prefixes,
        100 * max(value) FILTER (WHERE metric = 'address_span') / CASE WHEN any_value(family) = 4 THEN pow(2, 32) ELSE pow(2, 61) END AS percent
    FROM table_stats
    WHERE metric IN ('address_span', 'prefixes')
    GROUP BY ALL
),
spans AS (
    SELECT
        dump_time, collector, source, family,
        CASE WHEN family = 4 THEN 32 ELSE 64 END AS bits,
        CASE WHEN family = 4 THEN pow(2, 24) ELSE pow(2, 32) END AS block,
        max(span) FILTER (WHERE vantage_address = '') AS span,
        max(prefixes) FILTER (WHERE vantage_address = '') AS prefixes,
        max(percent) FILTER (WHERE vantage_address = '') AS percent,
        min(percent) FILTER (WHERE vantage_address <> '') AS vantage_min,
        max(percent) FILTER (WHERE vantage_address <> '') AS vantage_max
    FROM tables
    WHERE span > 0
    GROUP BY ALL
),
-- Root prefixes do not overlap, so the space of those inside 2002::/16 adds up. IPv4 has none.
listed AS (
    SELECT DISTINCT collector, dump_time, family FROM routes
),
within_6to4 AS (
    SELECT collector, dump_time, family, sum(pow(2, 64 - prefix_length)) AS span
    FROM (
        SELECT DISTINCT collector, dump_time, family, prefix, prefix_length
        FROM routes
        WHERE family = 6 AND starts_with(prefix, '2002:') AND left_out = '' AND covering_prefix = ''
    )
    GROUP BY ALL
),
translated AS (
    SELECT listed.*, coalesce(within_6to4.span, 0) AS span_6to4 FROM listed LEFT JOIN within_6to4 USING (collector, dump_time, family)
)
SELECT
    dump_time,
    series,
    CAST(family AS BIGINT) AS family,
    collector,
    source,
    span AS address_span,
    round(span / block, 3) AS span_in_blocks,
    round(CASE WHEN family = 4 THEN 0 ELSE span_6to4 END / block, 3) AS span_6to4_in_blocks,
    round((span - CASE WHEN family = 4 THEN 0 ELSE span_6to4 END) / block, 3) AS other_span_in_blocks,
    round(percent, 4) AS percent_of_unicast,
    round(percent * (1 - CASE WHEN family = 4 THEN 0 ELSE span_6to4 END / span), 4) AS percent_without_6to4,
    round(bits - log2(span), 4) AS span_as_one_prefix,
    round(bits - log2(span / nullif(prefixes, 0)), 4) AS average_length,
    round(vantage_min, 4) AS vantage_min,
    round(vantage_max, 4) AS vantage_max,
    full_feed_ases,
    all_full_feed_ases,
    break
FROM spans JOIN feeds USING (collector, source, dump_time, family) LEFT JOIN translated USING (collector, dump_time, family)
ORDER BY family, dump_time, full_feed_ases DESC NULLS LAST, span DESC, collector, source
