SELECT
    run_time,
    list_id,
    service,
    class,
    CASE WHEN cause = '' THEN class ELSE cause END AS cause,
    count(*) AS domains,
    count(*) / sum(count(*)) OVER (PARTITION BY run_id, service) AS share_of_not_ready,
    min(domain) AS example,
    arg_min(reason, domain) AS example_reason
FROM domain_readiness
WHERE service = 'web' AND class NOT IN ('ready', 'v6-only', 'n/a') AND (refreshed OR NOT panel)
GROUP BY run_id, run_time, list_id, service, class, CASE WHEN cause = '' THEN class ELSE cause END
ORDER BY run_time, list_id, run_id, service, cause, class
