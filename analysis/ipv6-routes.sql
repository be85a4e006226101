addresses AS (
    SELECT DISTINCT run_id, run_time, list_id, address, routed, rov_state, visibility, verdict, route_time
    FROM domain_addresses
    WHERE family = 6 AND standing = 'global'
),
judged AS (
    SELECT *, CASE WHEN routed = 'no' THEN 'not routed' WHEN routed <> 'yes' THEN 'unknown: no table' WHEN rov_state IN ('unknown', '') THEN 'unknown: no payloads' ELSE rov_state END AS state
    FROM addresses
),
counts AS (
    SELECT
        run_id, run_time, list_id, state,
        count(*) AS addresses,
        avg(visibility) FILTER (WHERE routed = 'yes' AND verdict <> 'unknown') AS visibility,
        CASE WHEN count(*) FILTER (WHERE verdict NOT IN ('', 'unknown')) > 0 THEN count(*) FILTER (WHERE routed = 'yes' AND verdict NOT IN ('global', 'unknown')) END AS not_global,
        max(route_time) AS table_of
    FROM judged
    GROUP BY ALL
),
totals AS (
    SELECT run_id, run_time, list_id, count(*) AS of_addresses, count(*) FILTER (WHERE NOT starts_with(state, 'unknown')) AS known_addresses
    FROM judged
    GROUP BY ALL
),
states (state, number) AS (
    VALUES ('valid', 1), ('not-found', 2), ('invalid-origin', 3), ('invalid-length', 4), ('not routed', 5), ('unknown: no payloads', 6), ('unknown: no table', 7)
)
-- Each run has a row for each state, of 0 addresses where none is in it.
SELECT
    run_time,
    list_id,
    vantage,
    state,
    coalesce(addresses, 0) AS addresses,
    coalesce(addresses, 0) / of_addresses AS share,
    visibility,
    not_global,
    table_of,
    known_addresses,
    of_addresses,
    level_break AS break,
    state || place AS series
FROM totals JOIN runs USING (run_id, run_time, list_id) CROSS JOIN states
LEFT JOIN counts USING (run_id, run_time, list_id, state)
ORDER BY run_time, list_id, vantage, run_id, number
