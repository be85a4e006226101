-- Web hosts only, so that a large operator of name servers or mail does not hide the networks of the sites.
WITH newest AS (SELECT list_id, max(run_time) AS run_time FROM domain_addresses GROUP BY ALL),
web AS (
    SELECT * FROM domain_addresses JOIN newest USING (list_id, run_time)
    WHERE family = 6 AND standing = 'global' AND host_kind IN ('apex', 'www') AND routed <> 'unknown'
),
total AS (SELECT list_id, run_time, count(DISTINCT domain) AS domains FROM web GROUP BY ALL)
SELECT
    run_time,
    list_id,
    CASE WHEN routed = 'no' THEN NULL ELSE CAST(origin_asn AS BIGINT) END AS origin_asn,
    CASE WHEN routed = 'no' THEN 'not in the routing table' WHEN as_name <> '' THEN as_name ELSE 'AS' || origin_asn END AS network,
    count(DISTINCT domain) AS domains,
    count(DISTINCT domain) / any_value(total.domains) AS share_of_domains,
    count(DISTINCT address) AS addresses,
    count(DISTINCT prefix) FILTER (WHERE prefix <> '') AS prefixes,
    avg(visibility) FILTER (WHERE routed = 'yes') AS visibility,
    count(DISTINCT address) FILTER (WHERE rov_state = 'valid') / count(DISTINCT address) AS rov_valid_share,
    count(DISTINCT address) FILTER (WHERE starts_with(rov_state, 'invalid')) AS rov_invalid_addresses
FROM web JOIN total USING (list_id, run_time)
GROUP BY ALL
ORDER BY list_id, run_time, count(*) FILTER (WHERE routed = 'no') > 0, domains DESC, origin_asn
LIMIT 200
