SELECT
    regexp_replace(document, '^RFC', 'RFC ') AS document,
    after,
    until,
    date,
    kind,
    relation,
    before,
    now,
    title
FROM rfc_events
WHERE list_has_any(concerns, [6052, 8215, 6598, 6146, 6147, 6877, 7050, 8781, 8880, 9872, 8200, 4291, 6724, 8305, 4271, 6396, 8050, 6811, 7606, 6890])
ORDER BY until DESC, date DESC, document, kind, relation, before, now
