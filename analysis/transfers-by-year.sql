-- The newest log of each registry. Between two registries, the log of the one that receives counts, where it is at hand.
WITH newest AS (
    SELECT registry, max(file_date) AS file_date FROM transfers GROUP BY registry
),
counted AS (
    SELECT *
    FROM transfers JOIN newest USING (registry, file_date)
    WHERE recipient_rir IN (registry, '') OR recipient_rir NOT IN (SELECT registry FROM newest)
)
SELECT
    (SELECT max(file_date) FROM newest) AS as_of,
    CAST(year(transferred) AS BIGINT) AS year,
    CASE WHEN source_rir = '' THEN 'unknown' ELSE source_rir END AS source_rir,
    CASE WHEN recipient_rir = '' THEN 'unknown' ELSE recipient_rir END AS recipient_rir,
    CASE WHEN transfer_type = '' THEN 'unknown' ELSE transfer_type END AS transfer_type,
    resource,
    count(DISTINCT registry || ' ' || number) AS transfers,
    count(*) AS ranges,
    sum(CASE resource WHEN 'ipv6' THEN size / 4294967296 ELSE size END) AS size,
    CASE resource WHEN 'ipv4' THEN 'addresses' WHEN 'ipv6' THEN '/32s' ELSE 'AS numbers' END AS unit,
    CASE WHEN bool_and(file_date >= make_date(year(transferred), 12, 31)) THEN 'yes' ELSE 'no' END AS whole,
    CASE WHEN source_rir = recipient_rir THEN 'within a registry' ELSE 'between registries' END || ', ' || resource AS series,
    (SELECT count(*) FROM newest) AS registries_known,
    CAST(5 AS BIGINT) AS registries_of
FROM counted
GROUP BY ALL
ORDER BY year DESC NULLS LAST, source_rir, recipient_rir, transfer_type, resource
