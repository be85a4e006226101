SELECT
    dump_time,
    'IPv' || family || ' at ' || collector AS series,
    CAST(family AS BIGINT) AS family,
    collector,
    CAST(max(value) FILTER (WHERE metric = 'origin_ases') AS BIGINT) AS origin_ases,
    CAST(max(value) FILTER (WHERE metric = 'stub_ases') AS BIGINT) AS stub_ases,
    CAST(max(value) FILTER (WHERE metric = 'transit_ases') AS BIGINT) AS transit_ases,
    CAST(max(value) FILTER (WHERE metric = 'asns_32bit') AS BIGINT) AS asns_32bit,
    CAST(max(value) FILTER (WHERE metric = 'moas_prefixes') AS BIGINT) AS moas_prefixes
FROM table_stats
WHERE vantage_address = ''
GROUP BY ALL
ORDER BY family, collector, dump_time
