SELECT
    CAST(until AS VARCHAR) AS snapshot,
    kind,
    count(*) AS events,
    count(DISTINCT number) AS rfcs,
    min(after) AS not_before
FROM rfc_events
WHERE number > 0 AND NOT starts_with(kind, 'erratum-')
GROUP BY until, kind
ORDER BY until, kind
