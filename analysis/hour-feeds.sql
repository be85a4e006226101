-- The hours of the dumps by family: the collectors with the source of each, and the ASes that send them a full table. Tables
-- that others made do not name them.
WITH collectors AS (
    SELECT time, family, unnest(string_split(collectors, ',')) AS collector
    FROM route_hours
),
stats AS (
    SELECT date_trunc('hour', dump_time) AS time, family, collector, source, vantage_address, vantage_asn
    FROM table_stats
    WHERE metric = 'prefixes'
),
gathered AS (
    SELECT
        time, family, time AS moment,
        string_agg(DISTINCT collector || coalesce(' (' || source || ')', ''), ', ' ORDER BY collector || coalesce(' (' || source || ')', '')) AS measured,
        'IPv' || family || ' at ' || measured AS series,
        CASE WHEN bool_or(source = 'rib') THEN coalesce(list(DISTINCT vantage_asn ORDER BY vantage_asn) FILTER (WHERE vantage_address <> ''), []) END AS ases
    FROM collectors LEFT JOIN stats USING (time, family, collector)
    GROUP BY time, family
),
