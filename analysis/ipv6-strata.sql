-- A stratum is a part of the list between two heads of it, so strata do not overlap. Wilson's interval at 95 %.
WITH counts AS (
    SELECT
        run_id,
        run_time,
        list_id,
        stratum,
        service,
        count(*) AS domains,
        count(*) FILTER (WHERE class NOT IN ('n/a', 'unknown')) AS judged,
        count(*) FILTER (WHERE class IN ('ready', 'v6-only')) AS ready
    FROM domain_readiness
    WHERE stratum <> '' AND service IN ('dns', 'mail', 'web', 'domain') AND (refreshed OR NOT panel)
    GROUP BY ALL
),
shares AS (
    SELECT *, ready / nullif(judged, 0) AS ready_share, 1.959964 AS z
    FROM counts
)
SELECT
    run_time, service, stratum, list_id, ready_share,
    (ready_share + z * z / (2 * judged) - z * sqrt(ready_share * (1 - ready_share) / judged + z * z / (4 * judged * judged))) / (1 + z * z / judged) AS low,
    (ready_share + z * z / (2 * judged) + z * sqrt(ready_share * (1 - ready_share) / judged + z * z / (4 * judged * judged))) / (1 + z * z / judged) AS high,
    judged, ready / domains AS share_of_all, domains, ready,
    service || ', ' || stratum AS series
FROM shares
ORDER BY run_time, list_id, service, CASE stratum WHEN '1k' THEN 1 WHEN '10k' THEN 2 WHEN '100k' THEN 3 ELSE 4 END, run_id
