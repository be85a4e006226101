WITH indexes AS (
    SELECT snapshot_date, lag(snapshot_date) OVER (ORDER BY snapshot_date) AS before
    FROM (SELECT DISTINCT snapshot_date FROM rfcs WHERE source <> 'rfcN.json')
),
happened AS (
    SELECT until, after, kind, number
    FROM rfc_events
    WHERE NOT starts_with(kind, 'draft-') AND NOT starts_with(kind, 'erratum-') AND NOT starts_with(kind, 'registration-')
)
SELECT
    CAST(until AS VARCHAR) AS snapshot,
    kind,
    count(*) AS events,
    count(DISTINCT number) FILTER (WHERE number > 0) AS rfcs,
    min(after) AS not_before,
    until AS as_of
FROM happened
GROUP BY until, kind
UNION ALL
-- An index without an event says that nothing happened.
SELECT CAST(snapshot_date AS VARCHAR), 'published', 0, 0, before, snapshot_date
FROM indexes
WHERE before IS NOT NULL AND snapshot_date NOT IN (SELECT until FROM happened)
ORDER BY as_of, kind
