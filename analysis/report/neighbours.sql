-- The ASes with the most neighbours on the paths of an hour.
SELECT
    CAST(asn AS BIGINT), (SELECT arg_max(name, (file_date, name)) FROM as_names WHERE as_names.asn = as_topology.asn AND file_date <= $3),
    providers + peers + customers + unknown_neighbours AS neighbours, customers, peers, providers, unknown_neighbours, cone_ases
FROM as_topology
WHERE family = $1 AND time = date_trunc('hour', CAST($3 AS TIMESTAMP)) AND $2 <> ''
ORDER BY neighbours DESC, asn
LIMIT $4
