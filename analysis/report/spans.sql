-- The origin ASes with the most space in the tables of an hour.
SELECT
    CAST(asn AS BIGINT), (SELECT arg_max(name, (file_date, name)) FROM as_names WHERE as_names.asn = as_registrations.asn AND file_date <= $3),
    CASE country WHEN '' THEN 'none' ELSE country END, registry,
    CASE WHEN $1 = 4 THEN ipv4_prefixes ELSE ipv6_prefixes END, CASE WHEN $1 = 4 THEN ipv4_span ELSE ipv6_span END AS span
FROM as_registrations
WHERE time = date_trunc('hour', CAST($3 AS TIMESTAMP)) AND $2 <> '' AND CASE WHEN $1 = 4 THEN ipv4_span ELSE ipv6_span END > 0
ORDER BY span DESC, asn
LIMIT $4
