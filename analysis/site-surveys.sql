-- Each count with both denominators: all sites of the head of the list, and those with an AAAA. Wilson's interval at 95 %.
WITH lists AS (
    SELECT
        series,
        time,
        subset,
        category,
        CAST(value AS BIGINT) AS sites,
        n AS of_sites,
        CASE category WHEN 'loads over IPv6' THEN CAST(max(value) FILTER (WHERE category = 'has AAAA') OVER head AS BIGINT) END AS of_sites_with_aaaa,
        value / n AS share,
        1.959964 AS z,
        note
    FROM external_series
    WHERE unit = 'sites' AND NOT ends_with(series, '-summary') AND n > 0
    WINDOW head AS (PARTITION BY series, time, subset)
),
told AS (
    SELECT left(series, -8) AS series, time, subset, category, CAST(value AS BIGINT) AS sites
    FROM external_series WHERE unit = 'sites' AND ends_with(series, '-summary')
)
SELECT
    lists.time,
    lists.series AS survey,
    lists.subset,
    lists.category,
    lists.sites,
    of_sites,
    share,
    (share + z * z / (2 * of_sites) - z * sqrt(share * (1 - share) / of_sites + z * z / (4 * of_sites * of_sites))) / (1 + z * z / of_sites) AS low,
    (share + z * z / (2 * of_sites) + z * sqrt(share * (1 - share) / of_sites + z * z / (4 * of_sites * of_sites))) / (1 + z * z / of_sites) AS high,
    of_sites_with_aaaa,
    lists.sites / nullif(of_sites_with_aaaa, 0) AS share_of_sites_with_aaaa,
    told.sites AS as_the_survey_sums_up,
    lists.subset || ': ' || lists.category AS line,
    note
FROM lists LEFT JOIN told USING (series, time, subset, category)
ORDER BY survey, of_sites DESC, subset, lists.category, lists.time
