WITH newest AS (SELECT collector, max(dump_time) AS dump_time FROM state_stats GROUP BY collector),
names AS (SELECT asn, arg_max(name, file_date) AS name FROM as_names GROUP BY asn)
SELECT
    dump_time,
    collector,
    'IPv' || family || ' AS' || vantage_asn || ' at ' || collector || ', ' || vantage_address AS peer,
    CAST(family AS BIGINT) AS family,
    vantage_address,
    CAST(vantage_asn AS BIGINT) AS vantage_asn,
    coalesce(any_value(names.name), '') AS name,
    CAST(sum(routes) FILTER (WHERE key = 'valid') AS BIGINT) AS valid,
    CAST(coalesce(sum(routes) FILTER (WHERE key IN ('invalid-origin', 'invalid-length')), 0) AS BIGINT) AS invalid,
    CAST(sum(routes) FILTER (WHERE key = 'not-found') AS BIGINT) AS not_found,
    round(100 * coalesce(sum(routes) FILTER (WHERE key IN ('invalid-origin', 'invalid-length')), 0) / sum(routes), 3) AS percent_invalid
FROM state_stats JOIN newest USING (collector, dump_time) LEFT JOIN names ON names.asn = vantage_asn
WHERE metric = 'rov_state' AND vantage_address <> ''
GROUP BY ALL
HAVING sum(routes) FILTER (WHERE key = 'valid') > 0
ORDER BY family, percent_invalid DESC, collector, vantage_asn, vantage_address
