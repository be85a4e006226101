,
names AS (
    SELECT covered_year, number, regexp_replace(unnest(authors), ', Ed\.$', '') AS name
    FROM current
    WHERE covered_year IS NOT NULL
),
people AS (
    SELECT covered_year, count(DISTINCT name) AS authors FROM names GROUP BY covered_year
)
SELECT
    CAST(covered_year AS VARCHAR) AS year,
    count(*) AS rfcs,
    count(*) FILTER (WHERE len(current.authors) > 0) AS with_authors,
    max(people.authors) AS authors,
    round(avg(len(current.authors)) FILTER (WHERE len(current.authors) > 0), 1) AS per_rfc,
    CASE WHEN count(*) FILTER (WHERE len(current.authors) > 0) > 0 THEN count(*) FILTER (WHERE len(current.authors) = 1) END AS by_one,
    nullif(max(len(current.authors)), 0) AS most,
    max(as_of) AS as_of
FROM current LEFT JOIN people USING (covered_year)
WHERE covered_year IS NOT NULL
GROUP BY covered_year
ORDER BY year
