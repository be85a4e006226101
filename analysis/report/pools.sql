-- What the regional registries have delegated and still hold, by their newest files of the month to a day ($1, not before $2), and
-- what they delegated within the year that ends with it (from $3).
WITH newest AS (
    SELECT registry, max(file_date) AS file_date
    FROM delegations
    WHERE file_date <= CAST($1 AS DATE) AND file_date >= CAST($2 AS DATE) AND registry IN ('afrinic', 'apnic', 'arin', 'lacnic', 'ripencc')
    GROUP BY registry
),
records AS (
    SELECT delegations.*, CASE type WHEN 'ipv6' THEN pow(2, 32 - value) ELSE value END AS size
    FROM delegations JOIN newest USING (registry, file_date)
    WHERE type IN ('ipv4', 'ipv6', 'asn') AND start <> '*'
),
formats AS (SELECT registry, bool_or(opaque_id <> '' OR status IN ('available', 'reserved')) AS extended FROM records GROUP BY registry),
-- The joint file repeats what the files of the registries have.
ranges AS (
    SELECT DISTINCT registry, file_date, type, start, size, status, status IN ('allocated', 'assigned') AND date >= CAST($3 AS DATE) AND date < CAST($1 AS DATE) AS within_year
    FROM records
)
SELECT
    registry, any_value(file_date), type,
    coalesce(sum(size) FILTER (WHERE status IN ('allocated', 'assigned')), 0),
    CASE WHEN any_value(extended) THEN coalesce(sum(size) FILTER (WHERE status = 'available'), 0) END,
    CASE WHEN any_value(extended) THEN coalesce(sum(size) FILTER (WHERE status = 'reserved'), 0) END,
    count(*) FILTER (WHERE within_year),
    coalesce(sum(size) FILTER (WHERE within_year), 0)
FROM ranges JOIN formats USING (registry)
GROUP BY registry, type
ORDER BY registry, type
