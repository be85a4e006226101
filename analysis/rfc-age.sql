WITH published AS (
    SELECT
        number,
        arg_max(make_date(published_year, greatest(published_month, 1), 1), snapshot_date) FILTER (WHERE published_year > 0) AS day
    FROM rfcs
    WHERE NOT not_issued
    GROUP BY number
),
pairs AS (
    SELECT number AS newer, target_number AS older FROM rfc_relations WHERE relation = 'obsoletes' AND target_number > 0
    UNION
    SELECT target_number, number FROM rfc_relations WHERE relation = 'obsoleted-by' AND target_number > 0
),
-- The first document that obsoletes another ends its life.
ends AS (
    SELECT older, min(n.day) AS obsoleted, any_value(o.day) AS published
    FROM pairs JOIN published n ON n.number = newer JOIN published o ON o.number = older
    WHERE n.day >= o.day
    GROUP BY older
)
SELECT
    CAST(year(obsoleted) AS VARCHAR) AS year,
    count(*) AS rfcs,
    round(median(date_diff('month', published, obsoleted)) / 12, 1) AS median_age,
    round(quantile_cont(date_diff('month', published, obsoleted), 0.1) / 12, 1) AS youngest_tenth,
    round(quantile_cont(date_diff('month', published, obsoleted), 0.9) / 12, 1) AS oldest_tenth
FROM ends
GROUP BY ALL
ORDER BY year
