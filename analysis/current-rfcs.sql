WITH newest AS (
    SELECT snapshot_date, source FROM rfcs ORDER BY snapshot_date DESC, source DESC LIMIT 1
),
-- A form of the index leaves empty what it does not tell: of each field the newest value that is told counts.
told AS (
    SELECT
        number,
        coalesce(arg_max(status, snapshot_date) FILTER (WHERE status <> ''), 'not told') AS status,
        coalesce(arg_max(stream, snapshot_date) FILTER (WHERE stream <> ''), 'not told') AS stream,
        coalesce(arg_max(area, snapshot_date) FILTER (WHERE area <> ''), 'none') AS area,
        arg_max(published_year, snapshot_date) FILTER (WHERE published_year > 0) AS published_year,
        arg_max(make_date(published_year, greatest(published_month, 1), 1), snapshot_date) FILTER (WHERE published_year > 0) AS published
    FROM rfcs
    WHERE NOT not_issued
    GROUP BY number
),
current AS (
    SELECT told.*, newest.snapshot_date
    FROM told JOIN rfcs USING (number) JOIN newest USING (snapshot_date, source)
    WHERE NOT rfcs.not_issued
)
