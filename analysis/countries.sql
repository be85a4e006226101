,
-- The newest hour of each family, and the newest of the same collectors about a year before it.
hours AS (
    SELECT time, family, measured, full_feed_ases FROM feeds WHERE time IN (SELECT time FROM country_stats)
),
newest AS (
    SELECT n.time, n.family, n.measured, n.full_feed_ases,
        (SELECT max(h.time) FROM hours AS h WHERE h.family = n.family AND h.measured = n.measured AND h.time BETWEEN n.time - INTERVAL 430 DAY AND n.time - INTERVAL 330 DAY) AS before
    FROM hours AS n WHERE n.time = (SELECT max(h.time) FROM hours AS h WHERE h.family = n.family)
),
counted AS (
    SELECT time, family, country, string_agg(DISTINCT registry, ', ' ORDER BY registry) AS registries, max(file_date) AS file_date,
        sum(prefixes) AS prefixes, sum(ases) AS ases, sum(ases_both) AS ases_both, sum(span) AS span, sum(routes) AS routes,
        sum(valid_routes) AS valid_routes, sum(invalid_routes) AS invalid_routes, sum(not_found_routes) AS not_found_routes, sum(unknown_routes) AS unknown_routes,
        sum(valid_span) AS valid_span, sum(unknown_span) AS unknown_span
    FROM country_stats WHERE registration = 'as' GROUP BY time, family, country
),
ranked AS (
    SELECT time, family, country, rank() OVER (PARTITION BY time, family ORDER BY span DESC) AS place FROM counted WHERE country <> 'unknown' AND span > 0
),
totals AS (
    SELECT time, family, sum(span) AS span, sum(ases) AS ases, sum(CASE WHEN country <> 'unknown' THEN ases END) AS known_ases FROM counted GROUP BY time, family
)
SELECT
    n.time,
    CAST(n.family AS BIGINT) AS family,
    c.country,
    c.registries,
    ranks.place AS rank,
    ranks_before.place AS rank_before,
    n.before AS time_before,
    c.span,
    c.span / nullif(t.span, 0) AS share,
    b.span AS span_before,
    CAST(c.prefixes AS BIGINT) AS prefixes,
    CAST(c.ases AS BIGINT) AS ases,
    c.ases_both / nullif(c.ases, 0) AS dual_share,
    CASE WHEN c.unknown_routes <= 0.05 * c.routes THEN c.valid_routes / nullif(c.routes, 0) END AS valid_share,
    CASE WHEN c.unknown_routes <= 0.05 * c.routes THEN c.invalid_routes / nullif(c.routes, 0) END AS invalid_share,
    CASE WHEN c.unknown_span <= 0.05 * c.span THEN c.valid_span / nullif(c.span, 0) END AS valid_space_share,
    CAST(t.known_ases AS BIGINT) AS known_ases,
    CAST(t.ases AS BIGINT) AS all_ases,
    TRY_CAST(string_split(c.file_date, ',')[-1] AS DATE) AS file_date,
    measured,
    full_feed_ases
FROM newest AS n
    JOIN counted AS c ON c.time = n.time AND c.family = n.family
    JOIN totals AS t ON t.time = n.time AND t.family = n.family
    LEFT JOIN counted AS b ON b.time = n.before AND b.family = n.family AND b.country = c.country
    LEFT JOIN ranked AS ranks ON ranks.time = c.time AND ranks.family = c.family AND ranks.country = c.country
    LEFT JOIN ranked AS ranks_before ON ranks_before.time = b.time AND ranks_before.family = b.family AND ranks_before.country = b.country
ORDER BY n.family, rank NULLS LAST, c.country
