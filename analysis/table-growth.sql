-- The table of all peers together, the spread over the peers that send a full table, and where those peers changed.
WITH dumps AS (
    SELECT
        dump_time,
        'IPv' || family || ' at ' || collector AS series,
        CAST(family AS BIGINT) AS family,
        collector,
        source,
        CAST(max(value) FILTER (WHERE vantage_address = '') AS BIGINT) AS prefixes,
        count(DISTINCT (vantage_address, vantage_asn)) FILTER (WHERE vantage_address <> '') AS vantages,
        CAST(min(value) FILTER (WHERE vantage_address <> '') AS BIGINT) AS vantage_min,
        median(value) FILTER (WHERE vantage_address <> '') AS vantage_median,
        CAST(max(value) FILTER (WHERE vantage_address <> '') AS BIGINT) AS vantage_max,
        list(DISTINCT 'AS' || vantage_asn || ' ' || vantage_address ORDER BY 'AS' || vantage_asn || ' ' || vantage_address) FILTER (WHERE vantage_address <> '') AS full_feeds
    FROM table_stats
    WHERE metric = 'prefixes'
    GROUP BY ALL
),
with_previous AS (
    SELECT *,
        list_filter(full_feeds, x -> NOT list_contains(lag(full_feeds) OVER s, x)) AS came,
        list_filter(lag(full_feeds) OVER s, x -> NOT list_contains(full_feeds, x)) AS went,
        lag(source) OVER s AS source_before
    FROM dumps
    WINDOW s AS (PARTITION BY family, collector ORDER BY dump_time)
)
SELECT
    dump_time, series, family, collector, source, prefixes, vantages, vantage_min, vantage_median, vantage_max,
    CASE
        WHEN source <> source_before THEN 'source: ' || source_before || ' to ' || source
        WHEN len(came) + len(went) > 0 THEN 'full-feed peers: '
            || concat_ws(', ', CASE WHEN len(came) > 0 THEN len(came) || ' came' END, CASE WHEN len(went) > 0 THEN len(went) || ' went' END)
        ELSE ''
    END AS break
FROM with_previous
ORDER BY family, collector, dump_time
