-- The refreshed sample, or the whole list, tells the level; the fixed panel the trend. Shares are of the judged domains: n/a
-- and unknown are left out of them, and shown. Where none is judged there is no share. The interval is Wilson's at 95 %.
sampled AS (
    SELECT *, 'level' AS sample FROM domain_readiness WHERE refreshed OR NOT panel
    UNION ALL
    SELECT *, 'panel' AS sample FROM domain_readiness WHERE panel
),
counts AS (
    SELECT
        run_id,
        run_time,
        list_id,
        sample,
        service,
        count(*) AS domains,
        count(*) FILTER (WHERE class <> 'n/a') AS offering,
        count(*) FILTER (WHERE class NOT IN ('n/a', 'unknown')) AS judged,
        count(*) FILTER (WHERE class IN ('ready', 'all')) AS ready,
        count(*) FILTER (WHERE class IN ('partial', 'some')) AS partial,
        count(*) FILTER (WHERE class = 'broken') AS broken,
        count(*) FILTER (WHERE class = 'invalid-aaaa') AS invalid_aaaa,
        count(*) FILTER (WHERE class = 'none') AS none,
        count(*) FILTER (WHERE class = 'v6-only') AS v6_only,
        count(*) FILTER (WHERE class = 'n/a') AS not_applicable,
        count(*) FILTER (WHERE class = 'unknown') AS unknown
    FROM sampled
    WHERE service IN ('dns', 'mail', 'web', 'domain')
    GROUP BY ALL
),
shares AS (
    SELECT *, (ready + v6_only) / nullif(judged, 0) AS ready_share, 1.959964 AS z
    FROM counts JOIN runs USING (run_id, run_time, list_id)
)
SELECT
    run_time, service, sample, list_id, ready_share,
    (ready_share + z * z / (2 * judged) - z * sqrt(ready_share * (1 - ready_share) / judged + z * z / (4 * judged * judged))) / (1 + z * z / judged) AS low,
    (ready_share + z * z / (2 * judged) + z * sqrt(ready_share * (1 - ready_share) / judged + z * z / (4 * judged * judged))) / (1 + z * z / judged) AS high,
    judged, offering, domains, ready, v6_only, partial, broken, invalid_aaaa, none, not_applicable, unknown,
    vantage,
    CASE sample WHEN 'panel' THEN panel_break ELSE level_break END AS break,
    service || CASE sample WHEN 'panel' THEN ' (panel)' ELSE '' END || place AS series
FROM shares
ORDER BY run_time, sample, domains DESC, list_id, vantage, service, run_id
