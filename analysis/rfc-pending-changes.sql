WITH watched AS (
    SELECT unnest([6052, 8215, 6598, 6146, 6147, 6877, 7050, 8781, 8880, 9872, 8200, 4291, 6724, 8305, 4271, 6396, 8050, 6811, 7606, 6890]) AS rfc
),
newest AS (
    SELECT max(snapshot_date) AS as_of FROM drafts
),
active AS (
    SELECT drafts.name, max(draft_headers.revision) AS header_revision
    FROM drafts JOIN newest ON drafts.snapshot_date = newest.as_of
        LEFT JOIN draft_headers ON draft_headers.name = drafts.name AND draft_headers.revision <= drafts.revision AND draft_headers.has_header
    WHERE drafts.state = 'active'
    GROUP BY drafts.name
),
headers AS (
    SELECT count(*) AS active_drafts, count(header_revision) AS read_drafts FROM active
),
pending AS (
    SELECT intended_relations.* FROM intended_relations JOIN newest ON intended_relations.last_seen = newest.as_of
)
SELECT
    'RFC ' || watched.rfc AS document,
    CASE WHEN pending.rfc IS NULL THEN 'none known' WHEN pending.relation = 'unknown' THEN 'possible' ELSE 'stated' END AS change,
    pending.relation,
    pending.draft || '-' || pending.revision AS draft,
    pending.title,
    pending.wg,
    pending.iesg_state,
    pending.rfc_editor_state,
    pending.known_by,
    pending.header_revision,
    pending.dated,
    pending.first_seen,
    newest.as_of,
    headers.read_drafts,
    headers.active_drafts
FROM watched CROSS JOIN newest CROSS JOIN headers LEFT JOIN pending ON pending.rfc = watched.rfc
WHERE newest.as_of IS NOT NULL
ORDER BY CASE change WHEN 'stated' THEN 1 WHEN 'possible' THEN 2 ELSE 3 END, pending.dated DESC NULLS LAST, draft NULLS LAST, watched.rfc, pending.relation
