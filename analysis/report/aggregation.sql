-- The table and those of the full feeds after maximum aggregation, and how many of the more specific prefixes are of few ASes.
WITH tables AS (
    SELECT vantage_address = '' AS together, announced, aggregated, announced / nullif(aggregated, 0) AS factor
    FROM aggregation
    WHERE family = $1 AND collector = $2 AND dump_time = $3 AND origin_asn = 0
),
origins AS (
    SELECT count(*) AS specifics
    FROM origins_of
    WHERE family = $1 AND dump_time = $3 AND NOT root AND origin_asn > 0
    GROUP BY origin_asn
),
placed AS (SELECT specifics, row_number() OVER (ORDER BY specifics DESC) AS place FROM origins)
SELECT 'announced', CAST(max(announced) AS DOUBLE), NULL, NULL FROM tables WHERE together
UNION ALL SELECT 'aggregated', CAST(max(aggregated) AS DOUBLE), NULL, NULL FROM tables WHERE together
UNION ALL SELECT 'saved', 100 * (1 - 1 / nullif(max(factor), 0)), NULL, NULL FROM tables WHERE together
UNION ALL SELECT 'factor', median(factor), min(factor), max(factor) FROM tables WHERE NOT together
UNION ALL SELECT 'top10', 100 * sum(specifics) FILTER (WHERE place <= 10) / nullif(sum(specifics), 0), NULL, NULL FROM placed
UNION ALL SELECT 'top100', 100 * sum(specifics) FILTER (WHERE place <= 100) / nullif(sum(specifics), 0), NULL, NULL FROM placed
