-- The newest dumps: of each collector that has one within a day of the newest of all.
WITH newest AS (
    SELECT collector, max(dump_time) AS dump_time
    FROM state_stats
    WHERE metric = 'rov_state' AND vantage_address <> ''
    GROUP BY collector
    QUALIFY max(dump_time) >= max(max(dump_time)) OVER () - INTERVAL 1 DAY
),
payloads AS (
    SELECT time, family, roa_date FROM route_hours
),
names AS (SELECT asn, arg_max(name, file_date || ' ' || name) AS name FROM as_names GROUP BY asn),
peers AS (
    SELECT
        dump_time, date_trunc('hour', dump_time) AS hour, collector, family, vantage_address, vantage_asn,
        coalesce(sum(routes) FILTER (WHERE key = 'valid'), 0) AS valid,
        coalesce(sum(routes) FILTER (WHERE key IN ('invalid-origin', 'invalid-length')), 0) AS invalid,
        coalesce(sum(routes) FILTER (WHERE key = 'not-found'), 0) AS not_found,
        coalesce(sum(routes) FILTER (WHERE key <> 'unknown'), 0) AS known_routes,
        sum(routes) AS all_routes
    FROM state_stats JOIN newest USING (collector, dump_time)
    WHERE metric = 'rov_state' AND vantage_address <> ''
    GROUP BY ALL
),
feeds AS (SELECT collector, family, count(DISTINCT vantage_asn) AS full_feed_ases FROM peers GROUP BY ALL),
all_feeds AS (SELECT hour, family, count(DISTINCT vantage_asn) AS all_full_feed_ases FROM peers GROUP BY ALL)
SELECT
    dump_time,
    collector,
    'IPv' || family || ' AS' || vantage_asn || ' at ' || collector || ', ' || vantage_address AS peer,
    CAST(family AS BIGINT) AS family,
    vantage_address,
    CAST(vantage_asn AS BIGINT) AS vantage_asn,
    coalesce(names.name, '') AS name,
    CAST(CASE WHEN known_routes > 0 THEN valid END AS BIGINT) AS valid,
    CAST(CASE WHEN known_routes > 0 THEN invalid END AS BIGINT) AS invalid,
    CAST(CASE WHEN known_routes > 0 THEN not_found END AS BIGINT) AS not_found,
    CASE WHEN known_routes >= 0.95 * all_routes THEN round(100 * invalid / nullif(all_routes, 0), 3) END AS percent_invalid,
    CAST(known_routes AS BIGINT) AS known_routes,
    CAST(all_routes AS BIGINT) AS all_routes,
    TRY_CAST(string_split(roa_date, ',')[-1] AS DATE) AS roa_date,
    full_feed_ases,
    all_full_feed_ases
FROM peers JOIN feeds USING (collector, family) JOIN all_feeds USING (hour, family) LEFT JOIN names ON names.asn = vantage_asn LEFT JOIN (SELECT time AS hour, family, roa_date FROM payloads) AS payloads USING (family, hour)
ORDER BY family, percent_invalid DESC NULLS LAST, collector, vantage_asn, vantage_address
