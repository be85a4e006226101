,
newest AS (SELECT max(time) AS time FROM witnesses),
names AS (SELECT asn, arg_max(name, file_date || ' ' || name) AS name FROM as_names GROUP BY asn),
carried AS (
    SELECT witnesses.* FROM witnesses JOIN newest USING (time) WHERE contains(why, 'bogon')
),
peers AS (
    SELECT peer_asn, count(DISTINCT (family, prefix)) AS bogons_of_peer FROM carried GROUP BY peer_asn
)
SELECT
    time,
    prefix,
    CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END AS origin,
    why,
    collector,
    peer_address,
    CAST(peer_asn AS BIGINT) AS peer_asn,
    coalesce(names.name, '') AS peer_name,
    as_path,
    bogons_of_peer,
    (SELECT count(*) FROM peers) AS peer_ases,
    (SELECT count(DISTINCT (family, prefix)) FROM carried) AS bogon_prefixes,
    measured,
    full_feed_ases
FROM carried JOIN peers USING (peer_asn) LEFT JOIN feeds USING (time, family) LEFT JOIN names ON names.asn = peer_asn
ORDER BY family, prefix, origin, collector, peer_asn, peer_address, as_path
LIMIT 20000
