compared AS (
    SELECT *,
        lag(ases) OVER s AS ases_before,
        list(ases) FILTER (WHERE ases IS NOT NULL) OVER (PARTITION BY family, date_trunc('hour', moment)) AS all_ases,
        len(list_filter(ases, x -> NOT list_contains(ases_before, x))) AS came,
        len(list_filter(ases_before, x -> NOT list_contains(ases, x))) AS went
    FROM gathered
    WINDOW s AS (PARTITION BY series ORDER BY moment)
),
-- Where more than a tenth of the full feeds came or went, the table is another one.
feeds AS (
    SELECT * EXCLUDE (moment, ases, ases_before, all_ases, came, went),
        CAST(len(ases) AS BIGINT) AS full_feed_ases,
        CAST(len(list_distinct(flatten(all_ases))) AS BIGINT) AS all_full_feed_ases, -- in all tables of the hour
        CASE WHEN 10 * (came + went) > len(ases_before)
            THEN 'full feeds: ' || concat_ws(', ', CASE WHEN came > 0 THEN came || ' came' END, CASE WHEN went > 0 THEN went || ' went' END)
            ELSE '' END AS break
    FROM compared
)
