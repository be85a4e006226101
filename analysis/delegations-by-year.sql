-- The newest file of each registry. A year is whole where the file was made after its last day.
WITH newest AS (
    SELECT registry, max(file_date) AS file_date FROM delegations WHERE registry IN ('afrinic', 'apnic', 'arin', 'lacnic', 'ripencc') GROUP BY registry
),
-- The joint file repeats what the files of the registries have.
given AS (
    SELECT DISTINCT registry, file_date, type AS resource, start, value, CAST(year(date) AS BIGINT) AS year,
        CASE type WHEN 'ipv6' THEN pow(2, 32 - value) ELSE value END AS size
    FROM delegations JOIN newest USING (registry, file_date)
    WHERE status IN ('allocated', 'assigned')
),
counted AS (
    SELECT registry, resource, year, count(*) AS delegations, sum(size) AS size FROM given WHERE year IS NOT NULL GROUP BY ALL
),
years AS (
    SELECT registry, file_date, resource, CAST(unnest(generate_series(first_year, year(file_date))) AS BIGINT) AS year
    FROM (SELECT registry, file_date, min(year) OVER () AS first_year, resource FROM (SELECT registry, file_date, min(year) AS year FROM given GROUP BY ALL)
        CROSS JOIN (VALUES ('ipv4'), ('ipv6'), ('asn')) AS resources (resource))
)
SELECT
    (SELECT max(file_date) FROM newest) AS as_of,
    year,
    registry,
    resource,
    coalesce(delegations, 0) AS delegations,
    coalesce(size, 0) AS size,
    CASE resource WHEN 'ipv4' THEN 'addresses' WHEN 'ipv6' THEN '/32s' ELSE 'AS numbers' END AS unit,
    file_date,
    CASE WHEN file_date >= make_date(year, 12, 31) THEN 'yes' ELSE 'no' END AS whole,
    registry || ', ' || resource AS series,
    (SELECT count(*) FROM newest) AS registries_known,
    CAST(5 AS BIGINT) AS registries_of
FROM years LEFT JOIN counted USING (registry, resource, year)
ORDER BY year DESC, registry, resource
