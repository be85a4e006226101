SELECT
    time,
    'IPv' || family || ' ' || CASE WHEN registry = '' THEN 'all registries' ELSE registry END AS series,
    CAST(family AS BIGINT) AS family,
    registry,
    file_date,
    delegated,
    announced,
    unadvertised,
    round(100 * unadvertised / nullif(delegated, 0), 3) AS percent_unadvertised,
    available,
    reserved,
    outside
FROM address_use
ORDER BY family, registry, time
