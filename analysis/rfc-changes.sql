SELECT
    strftime(after, '%Y-%m-%d') || ' to ' || strftime(until, '%Y-%m-%d') AS snapshots,
    kind,
    count(*) AS events,
    count(DISTINCT number) AS rfcs
FROM rfc_events
GROUP BY after, until, kind
ORDER BY until, kind
