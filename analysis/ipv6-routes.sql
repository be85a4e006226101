WITH addresses AS (
    SELECT DISTINCT run_id, run_time, list_id, address, routed, rov_state, visibility, verdict, route_time
    FROM domain_addresses
    WHERE family = 6 AND standing = 'global'
),
states AS (
    SELECT *, CASE routed WHEN 'yes' THEN rov_state WHEN 'no' THEN 'not routed' ELSE 'no table' END AS state FROM addresses
)
SELECT
    run_time,
    list_id,
    state,
    count(*) AS addresses,
    count(*) / sum(count(*)) OVER (PARTITION BY run_id) AS share,
    avg(visibility) FILTER (WHERE routed = 'yes') AS visibility,
    count(*) FILTER (WHERE routed = 'yes' AND verdict NOT IN ('global', 'unknown')) AS not_global,
    max(route_time) AS table_of
FROM states
GROUP BY run_id, run_time, list_id, state
ORDER BY run_time, list_id, run_id, state
