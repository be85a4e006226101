-- The hundred networks with the most IPv4 space in the newest hour with routes of both families.
WITH hour AS (
    SELECT max(time) AS time FROM as_registrations
    WHERE time IN (SELECT time FROM as_registrations WHERE ipv6_prefixes > 0) AND time IN (SELECT time FROM as_registrations WHERE ipv4_prefixes > 0)
),
largest AS (
    SELECT *, row_number() OVER (ORDER BY ipv4_span DESC, asn) AS place
    FROM as_registrations JOIN hour USING (time) WHERE ipv4_span > 0
    QUALIFY place <= 100
),
cones AS (SELECT asn, max(cone_ases) AS cone_ases FROM as_topology JOIN hour USING (time) WHERE family = 4 GROUP BY asn),
names AS (SELECT asn, arg_max(name, file_date || ' ' || name) AS name FROM as_names GROUP BY asn)
SELECT
    time,
    place,
    'AS' || asn AS network,
    coalesce(name, '') AS name,
    country,
    ipv4_prefixes,
    ipv4_span,
    ipv6_prefixes,
    cone_ases,
    CASE WHEN ipv6_prefixes = 0 THEN 'yes' ELSE 'no' END AS holds_out,
    count(*) FILTER (WHERE ipv6_prefixes = 0) OVER () AS hold_outs,
    count(*) OVER () AS networks
FROM largest LEFT JOIN cones USING (asn) LEFT JOIN names USING (asn)
ORDER BY holds_out DESC, place
