,
counted AS (
    SELECT time, family, change, verdict, rov_state, sum(routes) AS routes
    FROM route_counts
    WHERE left_out = ''
    GROUP BY ALL
),
hours AS (
    SELECT time, family, sum(routes) AS pairs, coalesce(sum(routes) FILTER (WHERE change <> 'unknown'), 0) AS known_pairs
    FROM counted
    GROUP BY ALL
),
changes (change) AS (
    VALUES ('new prefix'), ('another origin'), ('one more origin')
)
-- An hour whose pairs could be compared has every kind of change, be it with 0; another has no number.
SELECT
    time,
    CAST(family AS BIGINT) AS family,
    change,
    'IPv' || family || ' ' || change AS series,
    measured,
    CASE WHEN known_pairs > 0 THEN CAST(coalesce(sum(routes), 0) AS BIGINT) END AS routes,
    CASE WHEN known_pairs > 0 AND count(*) FILTER (WHERE verdict = 'unknown') = 0
        THEN CAST(coalesce(sum(routes) FILTER (WHERE verdict = 'global'), 0) AS BIGINT) END AS global,
    CASE WHEN known_pairs > 0 AND count(*) FILTER (WHERE rov_state = 'unknown') = 0
        THEN CAST(coalesce(sum(routes) FILTER (WHERE rov_state IN ('invalid-origin', 'invalid-length')), 0) AS BIGINT) END AS rov_invalid,
    CASE WHEN known_pairs > 0 THEN CAST(coalesce(sum(sum(routes)) OVER (PARTITION BY time, family), 0) AS BIGINT) END AS all_new,
    CAST(known_pairs AS BIGINT) AS known_pairs,
    CAST(pairs AS BIGINT) AS pairs,
    full_feed_ases,
    break
FROM hours CROSS JOIN changes LEFT JOIN counted USING (time, family, change) JOIN (SELECT * EXCLUDE (series) FROM feeds) AS feeds USING (time, family)
GROUP BY time, family, change, measured, known_pairs, pairs, full_feed_ases, break
ORDER BY family, time, change
