newest AS (
    SELECT snapshot_date, source FROM believed ORDER BY snapshot_date DESC, source DESC LIMIT 1
),
-- Dates of publication are in two forms of the index. A year is covered if the newest of these is of its last day or later.
dated AS (
    SELECT max(snapshot_date) AS snapshot_date FROM believed WHERE source IN ('rfc-index.xml', 'rfc-index.txt')
),
-- A form of the index leaves empty what it does not tell: of each field the newest value that is told counts.
told AS (
    SELECT
        number,
        arg_max(status, snapshot_date || ' ' || status) FILTER (WHERE status <> '') AS status,
        max(snapshot_date) FILTER (WHERE status <> '') AS status_as_of,
        arg_max(status, snapshot_date || ' ' || status) FILTER (WHERE status NOT IN ('', 'standards track')) AS level,
        max(snapshot_date) FILTER (WHERE status NOT IN ('', 'standards track')) AS level_as_of,
        coalesce(arg_max(stream, snapshot_date || ' ' || stream) FILTER (WHERE stream <> ''), 'not told') AS stream,
        arg_max(published_year, snapshot_date || ' ' || published_year) FILTER (WHERE published_year > 0) AS published_year
    FROM rfcs
    WHERE
        NOT not_issued
        AND (
            source = 'rfcN.json'
            OR EXISTS (SELECT 1 FROM believed WHERE believed.snapshot_date = rfcs.snapshot_date AND believed.source = rfcs.source)
        )
    GROUP BY number
),
-- A form that says "standards track" does not contradict a level of it, only any other status.
judged AS (
    SELECT
        *,
        coalesce(
            status = 'standards track' AND level IN ('proposed standard', 'draft standard', 'internet standard'), false
        ) AS confirmed
    FROM told
),
current AS (
    SELECT
        judged.number,
        coalesce(if(judged.confirmed, judged.level, judged.status), 'not told') AS status,
        if(judged.confirmed, judged.level_as_of, judged.status_as_of) AS status_as_of,
        judged.stream,
        rfcs.area,
        rfcs.authors,
        rfcs.pages,
        if(
            judged.published_year < year(dated.snapshot_date + INTERVAL 1 DAY), judged.published_year, NULL
        ) AS covered_year,
        judged.published_year IS NULL AS undated,
        newest.snapshot_date AS as_of,
        dated.snapshot_date AS dates_as_of
    FROM judged JOIN rfcs USING (number) JOIN newest USING (snapshot_date, source) CROSS JOIN dated
    WHERE NOT rfcs.not_issued
)
