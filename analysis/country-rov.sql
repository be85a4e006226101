,
newest AS (
    SELECT family, max(time) AS time FROM country_stats GROUP BY family
),
counted AS MATERIALIZED (
    SELECT time, family, country, sum(routes) AS routes, sum(valid_routes) AS valid, sum(invalid_routes) AS invalid, sum(not_found_routes) AS not_found,
        sum(unknown_routes) AS unknown, sum(span) AS span, sum(valid_span) AS valid_span, sum(unknown_span) AS unknown_span, max(file_date) AS file_date
    FROM country_stats JOIN newest USING (time, family)
    WHERE registration = 'as'
    GROUP BY time, family, country
)
SELECT
    time,
    CAST(family AS BIGINT) AS family,
    country,
    CAST(routes AS BIGINT) AS routes,
    CASE WHEN unknown <= 0.05 * routes THEN valid / routes END AS valid_share,
    CASE WHEN unknown <= 0.05 * routes THEN invalid / routes END AS invalid_share,
    CASE WHEN unknown <= 0.05 * routes THEN not_found / routes END AS not_found_share,
    unknown / routes AS unknown_share,
    CASE WHEN unknown_span <= 0.05 * span THEN valid_span / nullif(span, 0) END AS valid_space_share,
    CAST(valid AS BIGINT) AS valid_routes,
    CAST(invalid AS BIGINT) AS invalid_routes,
    CAST(not_found AS BIGINT) AS not_found_routes,
    CAST(unknown AS BIGINT) AS unknown_routes,
    CAST(sum(routes - unknown) OVER (PARTITION BY family) AS BIGINT) AS known_routes,
    CAST(sum(routes) OVER (PARTITION BY family) AS BIGINT) AS all_routes,
    TRY_CAST(string_split(file_date, ',')[-1] AS DATE) AS file_date,
    measured,
    full_feed_ases
FROM counted LEFT JOIN feeds USING (time, family)
WHERE routes > 0
ORDER BY family, country = 'unknown', counted.routes DESC, country
