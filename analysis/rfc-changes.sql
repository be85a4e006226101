SELECT
    CAST(until AS VARCHAR) AS snapshot,
    kind,
    count(*) AS events,
    count(DISTINCT number) FILTER (WHERE number > 0) AS rfcs,
    min(after) AS not_before,
    until AS as_of
FROM rfc_events
WHERE NOT starts_with(kind, 'draft-') AND NOT starts_with(kind, 'erratum-')
GROUP BY until, kind
ORDER BY until, kind
