-- The newest file of each registry. A year counts a registry whose file was made after its last day.
WITH newest AS (
    SELECT registry, max(file_date) AS file_date FROM delegations WHERE registry IN ('afrinic', 'apnic', 'arin', 'lacnic', 'ripencc') GROUP BY registry
),
-- The joint file repeats what the files of the registries have.
given AS (
    SELECT DISTINCT registry, CASE country WHEN '' THEN 'unknown' ELSE country END AS country, type AS resource, start, value, CAST(year(date) AS BIGINT) AS year,
        CASE type WHEN 'ipv6' THEN pow(2, 32 - value) ELSE value END AS size
    FROM delegations JOIN newest USING (registry, file_date)
    WHERE status IN ('allocated', 'assigned') AND type IN ('ipv4', 'ipv6', 'asn') AND start <> '*' AND date IS NOT NULL
),
years AS (
    SELECT year, max(file_date) AS as_of, string_agg(registry, ', ' ORDER BY registry) AS registries, count(*) AS registries_known
    FROM newest, (SELECT CAST(unnest(generate_series(max(year(file_date)) - 11, max(year(file_date)))) AS BIGINT) AS year FROM newest) AS all_years
    WHERE file_date >= make_date(year, 12, 31)
    GROUP BY year
),
codes AS (SELECT DISTINCT country, resource FROM given WHERE year >= (SELECT min(year) FROM years)),
counted AS (
    SELECT country, resource, year, count(*) AS delegations, sum(size) AS size
    FROM given JOIN newest USING (registry)
    WHERE file_date >= make_date(year, 12, 31)
    GROUP BY country, resource, year
),
filled AS (
    SELECT years.*, codes.country, codes.resource, coalesce(delegations, 0) AS delegations, coalesce(size, 0.0) AS size,
        sum(coalesce(size, 0.0)) OVER (PARTITION BY year, codes.resource) AS all_size
    FROM years CROSS JOIN codes LEFT JOIN counted USING (year, country, resource)
),
ranked AS (
    SELECT *, CASE WHEN country <> 'unknown' AND size > 0 THEN rank() OVER (PARTITION BY year, resource, country = 'unknown' ORDER BY size DESC) END AS rank FROM filled
),
-- A year is compared with the one before it where the same registries are known in both.
compared AS (
    SELECT n.*, b.rank AS rank_before, b.size AS size_before, b.delegations AS delegations_before, n.registries <> b.registries AS others
    FROM ranked AS n LEFT JOIN ranked AS b ON b.year = n.year - 1 AND b.country = n.country AND b.resource = n.resource
)
SELECT
    year,
    resource,
    country,
    rank,
    CASE WHEN NOT others THEN rank_before END AS rank_before,
    size,
    size / nullif(all_size, 0) AS share,
    CASE WHEN NOT others THEN size_before END AS size_before,
    CASE resource WHEN 'ipv4' THEN 'addresses' WHEN 'ipv6' THEN '/32s' ELSE 'AS numbers' END AS unit,
    delegations,
    CASE WHEN NOT others THEN delegations_before END AS delegations_before,
    country || ', ' || resource AS series,
    as_of,
    registries,
    registries_known,
    CAST(5 AS BIGINT) AS registries_of,
    CASE WHEN others THEN 'the files of other registries cover the year' ELSE '' END AS break
FROM compared
WHERE year > (SELECT max(year) - 10 FROM years)
ORDER BY year DESC, CASE resource WHEN 'ipv4' THEN 1 WHEN 'ipv6' THEN 2 ELSE 3 END, rank NULLS LAST, country
