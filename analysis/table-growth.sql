-- The table of all peers together, and the spread over the peers that send a full table.
SELECT
    dump_time,
    'IPv' || family || ' at ' || collector AS series,
    CAST(family AS BIGINT) AS family,
    collector,
    CAST(max(value) FILTER (WHERE vantage_address = '') AS BIGINT) AS prefixes,
    count(DISTINCT (vantage_address, vantage_asn)) FILTER (WHERE vantage_address <> '') AS vantages,
    CAST(min(value) FILTER (WHERE vantage_address <> '') AS BIGINT) AS vantage_min,
    median(value) FILTER (WHERE vantage_address <> '') AS vantage_median,
    CAST(max(value) FILTER (WHERE vantage_address <> '') AS BIGINT) AS vantage_max
FROM table_stats
WHERE metric = 'prefixes'
GROUP BY ALL
ORDER BY family, collector, dump_time
