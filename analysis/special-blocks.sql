WITH newest AS (SELECT registry, max(registry_date) AS registry_date FROM special_prefixes GROUP BY registry)
SELECT
    prefix,
    name,
    replace(replace(reference, '[RFC', 'RFC '), ']', '') AS documents,
    allocation_date,
    termination_date,
    globally_reachable,
    registry_date
FROM special_prefixes JOIN newest USING (registry, registry_date)
ORDER BY family, prefix_length, prefix
