,
texts AS (
    SELECT document, max(words) AS words FROM rfc_texts WHERE revision = '' GROUP BY document
)
SELECT
    CAST(current.covered_year AS VARCHAR) AS year,
    count(*) AS rfcs,
    count(*) FILTER (WHERE current.pages > 0) AS with_pages,
    median(current.pages) FILTER (WHERE current.pages > 0) AS median_pages,
    CAST(sum(current.pages) FILTER (WHERE current.pages > 0) AS BIGINT) AS pages,
    count(texts.words) AS with_words,
    median(texts.words) AS median_words,
    max(current.as_of) AS as_of
FROM current LEFT JOIN texts ON texts.document = 'RFC' || current.number
WHERE current.covered_year IS NOT NULL
GROUP BY current.covered_year
ORDER BY year
