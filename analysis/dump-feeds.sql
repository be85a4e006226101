-- The dumps by family: whose table it is, and the ASes that send a full one. Tables that others made do not name them.
WITH gathered AS (
    SELECT
        collector, source, dump_time, family, dump_time AS moment,
        'IPv' || family || CASE source WHEN 'rib' THEN ' at ' || collector ELSE ' of ' || collector || ' (' || source || ')' END AS series,
        CASE WHEN source = 'rib' THEN coalesce(list(DISTINCT vantage_asn ORDER BY vantage_asn) FILTER (WHERE vantage_address <> ''), []) END AS ases
    FROM table_stats
    WHERE metric = 'prefixes'
    GROUP BY collector, source, dump_time, family
),
