WITH newest AS (SELECT max(time) AS time FROM route_states)
SELECT
    time,
    prefix,
    CAST(origin_asn AS BIGINT) AS origin_asn,
    bogon_class,
    bogon_reason,
    verdict,
    CAST(peers AS BIGINT) AS peers,
    CAST(full_feed_peers AS BIGINT) AS full_feed_peers,
    CAST(full_feed_total AS BIGINT) AS full_feed_total,
    seen_by,
    special_registry_date,
    space_registry_date
FROM route_states JOIN newest USING (time)
WHERE bogon_class NOT IN ('none', 'unknown')
ORDER BY bogon_class, family, prefix, origin_asn, origin_set
LIMIT 20000
