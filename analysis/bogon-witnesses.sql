WITH newest AS (SELECT max(time) AS time FROM witnesses),
names AS (SELECT asn, arg_max(name, file_date) AS name FROM as_names GROUP BY asn)
SELECT
    time,
    witnesses.prefix,
    CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END AS origin,
    why,
    collector,
    peer_address,
    CAST(peer_asn AS BIGINT) AS peer_asn,
    coalesce(names.name, '') AS peer_name,
    as_path
FROM witnesses JOIN newest USING (time) LEFT JOIN names ON names.asn = peer_asn
WHERE contains(why, 'bogon')
ORDER BY family, prefix, origin, collector, peer_asn, peer_address, as_path
LIMIT 20000
