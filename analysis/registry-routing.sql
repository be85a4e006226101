,
counted AS (
    SELECT time, family, registration, registry, max(file_date) AS file_date, max(registries_known) AS registries_known,
        sum(span) AS span, sum(ases) AS ases, sum(ases_both) AS ases_both, sum(prefixes) AS prefixes, sum(routes) AS routes, sum(valid_routes) AS valid_routes, sum(invalid_routes) AS invalid_routes,
        sum(unknown_routes) AS unknown_routes, sum(delegated) AS delegated, sum(delegated_asns) AS delegated_asns
    FROM country_stats GROUP BY time, family, registration, registry
)
SELECT
    counted.time,
    CAST(family AS BIGINT) AS family,
    registration,
    registry,
    CASE registry WHEN 'ripencc' THEN 'RIPE NCC' WHEN 'unknown' THEN registry ELSE upper(registry) END AS name,
    'IPv' || family || ' ' || registry AS series,
    CAST(prefixes AS BIGINT) AS prefixes,
    span,
    delegated,
    CASE WHEN registration = 'space' THEN span / nullif(delegated, 0) END AS advertised_share,
    CAST(ases AS BIGINT) AS ases,
    CAST(delegated_asns AS BIGINT) AS delegated_asns,
    ases_both / nullif(ases, 0) AS dual_share,
    CASE WHEN unknown_routes <= 0.05 * routes THEN valid_routes / nullif(routes, 0) END AS valid_share,
    CASE WHEN unknown_routes <= 0.05 * routes THEN invalid_routes / nullif(routes, 0) END AS invalid_share,
    registries_known,
    CAST(5 AS BIGINT) AS registries_of,
    TRY_CAST(string_split(file_date, ',')[-1] AS DATE) AS file_date,
    measured,
    full_feed_ases,
    coalesce(break, '') AS break
FROM counted LEFT JOIN (SELECT * EXCLUDE (series) FROM feeds) AS feeds USING (time, family)
WHERE registries_known > 0
ORDER BY family, registration, registry, counted.time
