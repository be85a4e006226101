WITH newest AS (
    SELECT max(index_date) AS as_of FROM rfc_citations
),
texts AS (
    SELECT count(DISTINCT document) AS read_texts FROM rfc_texts WHERE revision = ''
),
issued AS (
    SELECT count(DISTINCT rfcs.number) AS rfcs FROM rfcs JOIN newest ON rfcs.snapshot_date = newest.as_of WHERE NOT rfcs.not_issued
),
titles AS (
    SELECT number, arg_max(title, snapshot_date || ' ' || title) AS title FROM rfcs WHERE title <> '' GROUP BY number
),
cited AS (
    SELECT
        rfc_citations.cited,
        max(rfc_citations.cited_status) AS status,
        count(*) AS cited_by,
        count(*) FILTER (WHERE rfc_citations.kind = 'normative') AS normatively,
        count(*) FILTER (WHERE rfc_citations.kind = 'unstated') AS unstated,
        count(*) FILTER (WHERE rfc_citations.downward = 'yes') AS downward,
        max(rfc_citations.obsolete) AS obsolete
    FROM rfc_citations JOIN newest ON rfc_citations.index_date = newest.as_of
    GROUP BY rfc_citations.cited
),
replaced AS (
    SELECT cited, string_agg('RFC ' || successor, ', ' ORDER BY successor) AS replaced_by
    FROM (
        SELECT DISTINCT rfc_citations.cited, unnest(rfc_citations.replaced_by) AS successor
        FROM rfc_citations JOIN newest ON rfc_citations.index_date = newest.as_of
    )
    GROUP BY cited
)
SELECT
    'RFC ' || cited.cited AS document,
    titles.title,
    cited.status,
    cited.cited_by,
    cited.normatively,
    cited.unstated,
    cited.downward,
    cited.obsolete,
    coalesce(replaced.replaced_by, '') AS replaced_by,
    if(cited.obsolete = 'yes' AND cited.normatively > 0, 'yes', 'no') AS dead,
    newest.as_of,
    texts.read_texts,
    issued.rfcs
FROM cited CROSS JOIN newest CROSS JOIN texts CROSS JOIN issued LEFT JOIN titles ON titles.number = cited.cited LEFT JOIN replaced ON replaced.cited = cited.cited
ORDER BY cited.cited_by DESC, cited.cited
