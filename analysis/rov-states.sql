SELECT
    time,
    CAST(family AS BIGINT) AS family,
    rov_state,
    'IPv' || family || ' ' || rov_state AS series,
    count(*) AS routes,
    count(*) / sum(count(*)) OVER (PARTITION BY time, family) AS share,
    count(*) FILTER (WHERE rov_rescued_by <> '') AS rescued,
    max(roa_date) AS roa_date
FROM route_states
WHERE left_out = '' AND bogon_class IN ('none', 'unknown')
GROUP BY time, family, rov_state
ORDER BY family, time, rov_state
