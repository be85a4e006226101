-- A stratum is a part of the list between two heads of it, so strata do not overlap. Wilson's interval at 95 %.
strata (stratum, number, ranks) AS (
    VALUES ('1k', 1, '1 to 1,000'), ('10k', 2, '1,001 to 10,000'), ('100k', 3, '10,001 to 100,000'), ('1M', 4, '100,001 to 1,000,000')
),
counts AS (
    SELECT
        run_id,
        run_time,
        list_id,
        stratum,
        service,
        count(*) AS domains,
        count(*) FILTER (WHERE class <> 'n/a') AS offering,
        count(*) FILTER (WHERE class NOT IN ('n/a', 'unknown')) AS judged,
        count(*) FILTER (WHERE class IN ('ready', 'v6-only', 'all')) AS ready
    FROM domain_readiness
    WHERE service IN ('dns', 'mail', 'web', 'domain') AND (refreshed OR NOT panel)
    GROUP BY ALL
),
shares AS (
    SELECT *, ready / nullif(judged, 0) AS ready_share, 1.959964 AS z
    FROM counts JOIN runs USING (run_id, run_time, list_id) JOIN strata USING (stratum)
)
SELECT
    run_time, service, stratum, ranks, list_id, ready_share,
    (ready_share + z * z / (2 * judged) - z * sqrt(ready_share * (1 - ready_share) / judged + z * z / (4 * judged * judged))) / (1 + z * z / judged) AS low,
    (ready_share + z * z / (2 * judged) + z * sqrt(ready_share * (1 - ready_share) / judged + z * z / (4 * judged * judged))) / (1 + z * z / judged) AS high,
    judged, offering, domains, ready,
    vantage,
    level_break AS break,
    service || ', ' || stratum || place AS series
FROM shares
ORDER BY run_time, list_id, vantage, service, number, run_id
