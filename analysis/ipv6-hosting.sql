-- Web hosts only, so that a large operator of name servers or mail does not hide the networks of the sites.
newest AS (
    SELECT list_id, vantage, max(run_time) AS run_time
    FROM domain_addresses JOIN runs USING (run_id, run_time, list_id)
    GROUP BY ALL
),
web AS (
    SELECT
        domain_addresses.*, vantage, probed,
        CASE routed WHEN 'yes' THEN 'routed' WHEN 'no' THEN 'not routed' ELSE 'unknown' END AS state
    FROM domain_addresses JOIN runs USING (run_id, run_time, list_id) JOIN newest USING (list_id, vantage, run_time)
    WHERE family = 6 AND standing = 'global' AND host_kind IN ('apex', 'www')
),
total AS (
    SELECT run_id, run_time, list_id, count(DISTINCT domain) FILTER (WHERE state <> 'unknown') AS judged, count(DISTINCT domain) AS domains_with_ipv6
    FROM web
    GROUP BY ALL
)
SELECT
    run_time,
    list_id,
    vantage,
    state,
    CASE WHEN state = 'routed' AND origin_asn > 0 THEN CAST(origin_asn AS BIGINT) END AS origin_asn,
    CASE state WHEN 'unknown' THEN 'unknown: no routing table' WHEN 'not routed' THEN 'not in the routing table'
        ELSE CASE WHEN as_name <> '' THEN as_name WHEN origin_asn = 0 THEN 'an AS_SET' ELSE 'AS' || origin_asn END END AS network,
    count(DISTINCT domain) AS domains,
    CASE WHEN state <> 'unknown' THEN count(DISTINCT domain) / nullif(any_value(judged), 0) END AS share_of_domains,
    count(DISTINCT address) AS addresses,
    CASE WHEN state <> 'unknown' THEN count(DISTINCT prefix) FILTER (WHERE prefix <> '') END AS prefixes,
    avg(visibility) FILTER (WHERE state = 'routed' AND verdict <> 'unknown') AS visibility,
    count(DISTINCT address) FILTER (WHERE rov_state = 'valid') / nullif(count(DISTINCT address) FILTER (WHERE rov_state NOT IN ('', 'unknown')), 0) AS rov_valid_share,
    CASE WHEN count(*) FILTER (WHERE rov_state NOT IN ('', 'unknown')) > 0 THEN count(DISTINCT address) FILTER (WHERE starts_with(rov_state, 'invalid')) END AS rov_invalid_addresses,
    any_value(judged) AS judged,
    any_value(domains_with_ipv6) AS domains_with_ipv6,
    probed AS series
FROM web JOIN total USING (run_id, run_time, list_id)
GROUP BY run_id, run_time, list_id, vantage, probed, state, origin_asn, as_name
ORDER BY run_time DESC, list_id, vantage, run_id, CASE state WHEN 'routed' THEN 1 WHEN 'not routed' THEN 2 ELSE 3 END, domains DESC, network, origin_asn
LIMIT 200
