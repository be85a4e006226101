-- Transfers of a type ($4) within the year that ends with a day ($1), by the newest logs of the days about it. Between two registries,
-- the log of the one that receives counts, where it is at hand.
WITH newest AS (
    SELECT registry, max(file_date) AS file_date FROM transfers WHERE file_date <= CAST($2 AS DATE) AND file_date >= CAST($1 AS DATE) GROUP BY registry
),
counted AS (
    SELECT *
    FROM transfers JOIN newest USING (registry, file_date)
    WHERE (recipient_rir IN (registry, '') OR recipient_rir NOT IN (SELECT registry FROM newest))
        AND resource = $4 AND transferred >= $3 AND transferred < $1
)
SELECT
    CASE source_rir WHEN '' THEN 'not known' ELSE source_rir END AS source, CASE recipient_rir WHEN '' THEN 'not known' ELSE recipient_rir END AS recipient,
    count(DISTINCT registry || ' ' || number), sum(CASE resource WHEN 'ipv6' THEN size / 4294967296 ELSE size END) AS size,
    (SELECT string_agg(registry, ', ' ORDER BY registry) FROM newest)
FROM counted
GROUP BY source, recipient
ORDER BY size DESC, source, recipient
