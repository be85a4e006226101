,
kinds (irr_state, place) AS (VALUES ('matching', 1), ('other-origin', 2), ('none', 3), ('unknown', 4)),
counted AS (
    SELECT
        time, family, source, irr_state, any_value(file_date) AS file_date,
        sum(routes) AS routes,
        sum(routes) FILTER (WHERE rov_state = 'valid') AS rov_valid,
        sum(routes) FILTER (WHERE rov_state IN ('invalid-origin', 'invalid-length')) AS rov_invalid,
        sum(routes) FILTER (WHERE rov_state = 'not-found') AS rov_not_found,
        sum(routes) FILTER (WHERE rov_state = 'unknown') AS rov_unknown
    FROM irr_stats
    GROUP BY time, family, source, irr_state
),
-- Each registry alone only in the newest hour of the family.
hours AS (
    SELECT time, family, source, any_value(file_date) AS file_date, sum(routes) AS all_routes, coalesce(sum(routes) FILTER (WHERE irr_state <> 'unknown'), 0) AS known_routes,
        max(time) OVER (PARTITION BY family) AS newest
    FROM counted
    GROUP BY time, family, source
    QUALIFY source = '' OR time = newest
),
registries AS (
    SELECT time, family, coalesce(string_agg(DISTINCT source, ', ' ORDER BY source) FILTER (WHERE source <> ''), '') AS registries FROM counted GROUP BY time, family
),
with_before AS (
    SELECT time, family, registries, measured, full_feed_ases, break,
        registries <> lag(registries) OVER (PARTITION BY family, measured ORDER BY time) AS others
    FROM registries JOIN feeds USING (time, family)
)
-- Every hour has every state, be it with 0 routes.
SELECT
    time,
    CAST(family AS BIGINT) AS family,
    CASE source WHEN '' THEN 'all' ELSE source END AS registry,
    irr_state,
    'IPv' || family || ', ' || CASE source WHEN '' THEN strftime(time, '%Y-%m-%d %H:%M') ELSE source END AS hour,
    CAST(coalesce(routes, 0) AS BIGINT) AS routes,
    coalesce(routes, 0) / nullif(all_routes, 0) AS share,
    CAST(coalesce(rov_valid, 0) AS BIGINT) AS rov_valid,
    CAST(coalesce(rov_invalid, 0) AS BIGINT) AS rov_invalid,
    CAST(coalesce(rov_not_found, 0) AS BIGINT) AS rov_not_found,
    CAST(coalesce(rov_unknown, 0) AS BIGINT) AS rov_unknown,
    CAST(known_routes AS BIGINT) AS known_routes,
    CAST(all_routes AS BIGINT) AS all_routes,
    TRY_CAST(string_split(hours.file_date, ',')[-1] AS DATE) AS file_date,
    registries,
    measured,
    full_feed_ases,
    CASE WHEN break <> '' THEN break WHEN others THEN 'dumps of other registries of routes' ELSE '' END AS break
FROM hours CROSS JOIN kinds LEFT JOIN (SELECT * EXCLUDE (file_date) FROM counted) AS counted USING (time, family, source, irr_state) JOIN with_before USING (time, family)
ORDER BY time DESC, family, source <> '', source, place
