dated AS (
    SELECT max(snapshot_date) AS snapshot_date FROM believed WHERE source IN ('rfc-index.xml', 'rfc-index.txt')
),
newest AS (
    SELECT max(snapshot_date) AS snapshot_date FROM believed
),
published AS MATERIALIZED (
    SELECT
        number,
        arg_max(make_date(published_year, greatest(published_month, 1), 1), snapshot_date || ' ' || published_year || ' ' || published_month) FILTER (WHERE published_year > 0) AS day
    FROM rfcs LEFT JOIN believed USING (snapshot_date, source)
    WHERE NOT not_issued AND (believed.source IS NOT NULL OR rfcs.source = 'rfcN.json')
    GROUP BY number
),
pairs AS (
    SELECT DISTINCT
        if(relation = 'obsoletes', number, target_number) AS newer,
        if(relation = 'obsoletes', target_number, number) AS older
    FROM rfc_relations LEFT JOIN believed USING (snapshot_date, source)
    WHERE relation IN ('obsoletes', 'obsoleted-by') AND target_number > 0 AND (believed.source IS NOT NULL OR rfc_relations.source = 'rfcN.json')
),
-- The first document that obsoletes another ends its life.
ends AS (
    SELECT older, min(n.day) AS obsoleted, any_value(o.day) AS published
    FROM pairs JOIN published n ON n.number = newer JOIN published o ON o.number = older
    WHERE n.day IS NULL OR o.day IS NULL OR n.day >= o.day
    GROUP BY older
),
-- A year counts if the newest index with dates covers it to its end.
placed AS MATERIALIZED (
    SELECT
        ends.*,
        year(obsoleted) AS in_year,
        coalesce(year(obsoleted) < year(dated.snapshot_date + INTERVAL 1 DAY), false) AS covered
    FROM ends CROSS JOIN dated
),
later AS (
    SELECT count(*) FILTER (WHERE NOT covered) AS obsoleted_later, count(*) FILTER (WHERE obsoleted IS NULL) AS undated FROM placed
)
SELECT
    CAST(in_year AS VARCHAR) AS year,
    count(*) AS rfcs,
    round(median(date_diff('month', published, obsoleted)) / 12, 1) AS median_age,
    round(quantile_cont(date_diff('month', published, obsoleted), 0.1) / 12, 1) AS youngest_tenth,
    round(quantile_cont(date_diff('month', published, obsoleted), 0.9) / 12, 1) AS oldest_tenth,
    any_value(later.obsoleted_later) AS obsoleted_later,
    any_value(later.undated) AS undated,
    any_value(dated.snapshot_date) AS dates_as_of,
    any_value(newest.snapshot_date) AS as_of
FROM placed CROSS JOIN later CROSS JOIN dated CROSS JOIN newest
WHERE covered
GROUP BY in_year
ORDER BY year
