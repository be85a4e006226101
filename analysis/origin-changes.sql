WITH newest AS (SELECT max(time) AS time FROM route_states WHERE newly_seen <> 'unknown')
SELECT
    time,
    CAST(family AS BIGINT) AS family,
    prefix,
    CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END AS origin,
    origins_before,
    CASE WHEN origins_before = '' THEN 'new prefix' WHEN moas THEN 'one more origin' ELSE 'another origin' END AS change,
    verdict,
    rov_state,
    bogon_class,
    CAST(peers AS BIGINT) AS peers
FROM route_states JOIN newest USING (time)
WHERE newly_seen = 'yes'
ORDER BY origins_before = '', verdict = 'global' DESC, family, prefix_length, prefix, origin
LIMIT 20000
