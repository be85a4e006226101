,
published AS (
    SELECT covered_year, count(*) AS rfcs, max(as_of) AS as_of FROM current WHERE covered_year IS NOT NULL GROUP BY covered_year
),
addresses AS (
    SELECT current.covered_year, current.number, unnest(rfc_texts.countries) AS country
    FROM rfc_texts JOIN current ON rfc_texts.document = 'RFC' || current.number
    WHERE current.covered_year IS NOT NULL
),
addressed AS (
    SELECT
        covered_year,
        count(DISTINCT number) FILTER (WHERE country <> '') AS with_country,
        count(*) FILTER (WHERE country <> '') AS known_addresses
    FROM addresses
    GROUP BY covered_year
)
SELECT
    CAST(addresses.covered_year AS VARCHAR) AS year,
    coalesce(nullif(addresses.country, ''), 'unknown') AS country,
    count(*) AS addresses,
    count(DISTINCT addresses.number) AS rfcs,
    any_value(addressed.known_addresses) AS known_addresses,
    any_value(addressed.with_country) AS with_country,
    any_value(published.rfcs) AS all_rfcs,
    any_value(published.as_of) AS as_of
FROM addresses JOIN addressed USING (covered_year) JOIN published USING (covered_year)
GROUP BY addresses.covered_year, addresses.country
ORDER BY year, country = 'unknown', addresses DESC, country
