-- The newest file of each registry in each month.
WITH files AS (
    SELECT registry, max(file_date) AS file_date FROM delegations WHERE registry IN ('afrinic', 'apnic', 'arin', 'lacnic', 'ripencc')
    GROUP BY registry, date_trunc('month', file_date)
),
-- The joint file repeats what the files of the registries have.
lines AS (
    SELECT registry, file_date, type AS resource, CASE WHEN status IN ('allocated', 'assigned') THEN 'delegated' ELSE status END AS state,
        CASE type WHEN 'ipv6' THEN pow(2, 32 - value) ELSE value END AS size, bool_or(opaque_id <> '' OR status IN ('available', 'reserved')) AS extended
    FROM delegations JOIN files USING (registry, file_date)
    GROUP BY registry, file_date, type, state, start, value
),
held AS (
    SELECT registry, file_date, resource,
        bool_or(bool_or(extended)) OVER (PARTITION BY registry, file_date) AS extended,
        coalesce(sum(size) FILTER (WHERE state = 'delegated'), 0) AS delegated,
        coalesce(sum(size) FILTER (WHERE state = 'available'), 0) AS available,
        coalesce(sum(size) FILTER (WHERE state = 'reserved'), 0) AS reserved
    FROM lines
    GROUP BY registry, file_date, resource
)
SELECT
    max(file_date) OVER m AS as_of,
    file_date,
    registry,
    resource,
    CASE resource WHEN 'ipv4' THEN 'addresses' WHEN 'ipv6' THEN '/32s' ELSE 'AS numbers' END AS unit,
    delegated,
    CASE WHEN extended THEN available END AS available,
    CASE WHEN extended THEN reserved END AS reserved,
    registry || ', ' || resource AS series,
    count(*) FILTER (WHERE extended) OVER (PARTITION BY date_trunc('month', file_date), resource) AS registries_known,
    CAST(5 AS BIGINT) AS registries_of
FROM held
WINDOW m AS (PARTITION BY date_trunc('month', file_date))
ORDER BY as_of, resource, registry
