,
counted AS (
    SELECT time, family, rov_state, sum(routes) AS routes, coalesce(sum(routes) FILTER (WHERE rov_rescued), 0) AS rescued
    FROM route_counts
    WHERE left_out = '' AND bogon_class IN ('none', 'unknown')
    GROUP BY ALL
),
-- Why most of the unknown ones are unknown.
reasons AS (
    SELECT time, family, rov_unknown_because AS unknown_because
    FROM route_counts
    WHERE left_out = '' AND bogon_class IN ('none', 'unknown') AND rov_state = 'unknown'
    GROUP BY time, family, unknown_because
    QUALIFY row_number() OVER (PARTITION BY time, family ORDER BY sum(routes) DESC, unknown_because) = 1
),
hours AS (
    SELECT
        time, family,
        sum(routes) AS all_routes,
        coalesce(sum(routes) FILTER (WHERE rov_state <> 'unknown'), 0) AS known_routes,
        coalesce(sum(routes) FILTER (WHERE rov_state = 'valid'), 0) AS valid_routes
    FROM counted
    GROUP BY time, family
),
states (rov_state, place) AS (
    VALUES ('valid', 1), ('not-found', 2), ('invalid-length', 3), ('invalid-origin', 4), ('unknown', 5)
)
-- Every hour has every state, be it with 0 routes.
SELECT
    time,
    CAST(family AS BIGINT) AS family,
    rov_state,
    'IPv' || family || ', ' || strftime(time, '%Y-%m-%d %H:%M') AS hour,
    CAST(coalesce(routes, 0) AS BIGINT) AS routes,
    coalesce(routes, 0) / nullif(all_routes, 0) AS share,
    CAST(coalesce(rescued, 0) AS BIGINT) AS rescued,
    TRY_CAST(string_split(roa_date, ',')[-1] AS DATE) AS roa_date,
    CAST(known_routes AS BIGINT) AS known_routes,
    CAST(all_routes AS BIGINT) AS all_routes,
    coalesce(unknown_because, '') AS unknown_because,
    CASE WHEN known_routes >= 0.95 * all_routes THEN valid_routes / nullif(all_routes, 0) END AS valid_share,
    measured,
    full_feed_ases,
    break
FROM hours CROSS JOIN states LEFT JOIN counted USING (time, family, rov_state) LEFT JOIN reasons USING (time, family)
    JOIN (SELECT time, family, roa_date FROM route_hours) AS payloads USING (time, family) JOIN feeds USING (time, family)
ORDER BY time DESC, family, place
