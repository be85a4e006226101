SELECT
    'RFC ' || number AS document,
    after,
    until,
    date,
    kind,
    relation,
    before,
    now,
    title
FROM rfc_events
WHERE number IN (6052, 8215, 6598, 6146, 6147, 6877, 7050, 8781, 8880, 9872, 8200, 4291, 6724, 8305, 4271, 6396, 8050, 6811, 7606, 6890)
ORDER BY until DESC, number, kind, relation, before, now
