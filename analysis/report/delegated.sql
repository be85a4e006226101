-- The space of a type ($3) that regional registries have delegated, by their newest files of the month to a day ($1, not before $2).
WITH newest AS (
    SELECT registry, max(file_date) AS file_date
    FROM delegations
    WHERE file_date <= CAST($1 AS DATE) AND file_date >= CAST($2 AS DATE) AND registry IN ('afrinic', 'apnic', 'arin', 'lacnic', 'ripencc')
    GROUP BY registry
)
-- The joint file repeats what the files of the registries have.
SELECT DISTINCT registry, file_date, start, value, date
FROM delegations JOIN newest USING (registry, file_date)
WHERE type = $3 AND status IN ('allocated', 'assigned') AND start <> '*'
ORDER BY ALL
