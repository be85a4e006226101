-- AS numbers over 65535 in the newest delegation file of each regional registry in the month to a day.
WITH newest AS (
    SELECT registry, max(file_date) AS file_date
    FROM delegations
    WHERE file_date <= $1 AND file_date >= $2 AND registry IN ('afrinic', 'apnic', 'arin', 'lacnic', 'ripencc')
    GROUP BY registry
),
-- The joint file repeats what the files of the registries have.
ranges AS (
    SELECT DISTINCT registry, CAST(start AS BIGINT) AS first, CAST(start AS BIGINT) + value AS behind
    FROM delegations JOIN newest USING (registry, file_date)
    WHERE type = 'asn' AND status IN ('allocated', 'assigned') AND start <> '*'
)
SELECT CAST(coalesce((SELECT sum(behind - greatest(first, 65536)) FROM ranges WHERE behind > 65536), 0) AS BIGINT) AS asns, (SELECT count(*) FROM newest) AS registries
