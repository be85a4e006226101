-- Each count with both denominators: all sites of the head of the list, and those with an AAAA. A survey of another name than
-- these has no known country.
WITH surveys (survey, country, list) AS (
    VALUES ('hungarian-top500', 'Hungary', 'the 500 most visited sites in Hungary')
),
counted AS (
    SELECT
        series AS survey,
        time,
        subset,
        category,
        CAST(value AS BIGINT) AS sites,
        n AS of_sites,
        CASE category WHEN 'loads over IPv6' THEN CAST(max(value) FILTER (WHERE category = 'has AAAA') OVER head AS BIGINT) END AS of_sites_with_aaaa,
        value / n AS share,
        note
    FROM external_series
    WHERE unit = 'sites' AND NOT ends_with(series, '-summary') AND n > 0
    WINDOW head AS (PARTITION BY series, time, subset)
),
told AS (
    SELECT left(series, -8) AS survey, time, subset, category, CAST(value AS BIGINT) AS sites
    FROM external_series WHERE unit = 'sites' AND ends_with(series, '-summary')
)
SELECT
    counted.time,
    survey,
    coalesce(country, '') AS country,
    coalesce(list, '') AS list,
    counted.subset,
    counted.category,
    counted.sites,
    of_sites,
    share,
    of_sites_with_aaaa,
    counted.sites / nullif(of_sites_with_aaaa, 0) AS share_of_sites_with_aaaa,
    told.sites AS as_the_survey_sums_up,
    coalesce(country, survey) || ', ' || counted.subset || ': ' || counted.category AS line,
    note,
    CASE WHEN lag(of_sites) OVER s <> of_sites THEN 'list: ' || lag(of_sites) OVER s || ' to ' || of_sites || ' sites' ELSE '' END AS break
FROM counted
LEFT JOIN surveys USING (survey)
LEFT JOIN told USING (survey, time, subset, category)
WINDOW s AS (PARTITION BY survey, counted.subset, counted.category ORDER BY counted.time, counted.sites)
ORDER BY survey, of_sites DESC, counted.subset, counted.category, counted.time, counted.sites
