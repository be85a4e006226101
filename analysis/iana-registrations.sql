SELECT
    until,
    after,
    date,
    registry,
    coalesce(nullif(title, ''), list) AS list,
    value,
    name,
    event,
    field,
    before,
    now,
    nullif(reference, '') AS reference,
    CAST(count(*) FILTER (WHERE event = 'added') OVER () AS BIGINT) AS added,
    CAST(count(*) FILTER (WHERE event = 'changed') OVER () AS BIGINT) AS changed,
    CAST(count(*) FILTER (WHERE event = 'removed') OVER () AS BIGINT) AS removed,
    CAST(count(*) FILTER (WHERE event = 'added' AND len(rfcs) > 0) OVER () AS BIGINT) AS added_by_rfc
FROM assignment_events
ORDER BY until DESC, date DESC, registry, list, value, event, field, name, before, now, reference
