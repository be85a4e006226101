-- Of all registries together, known says how many of the five have a file.
SELECT
    address_use.time,
    'IPv' || family || ' ' || CASE WHEN registry = '' THEN 'all registries' ELSE registry END AS series,
    CAST(family AS BIGINT) AS family,
    registry,
    measured,
    TRY_CAST(string_split(file_date, ',')[-1] AS DATE) AS file_date,
    delegated,
    announced,
    unadvertised,
    round(100 * unadvertised / nullif(delegated, 0), 3) AS percent_unadvertised,
    available,
    reserved,
    outside,
    CASE WHEN registry = '' THEN count(*) FILTER (WHERE registry <> '') OVER (PARTITION BY address_use.time, family) ELSE 1 END AS registries_known,
    CAST(CASE WHEN registry = '' THEN 5 ELSE 1 END AS BIGINT) AS registries_of,
    full_feed_ases,
    coalesce(break, '') AS break
FROM address_use LEFT JOIN (SELECT * EXCLUDE (series) FROM feeds) AS feeds USING (time, family)
ORDER BY family, registry, address_use.time
