WITH counted AS (
    SELECT
        file_date,
        source,
        trust_anchor,
        max(previous_date) AS previous_date,
        count(*) FILTER (WHERE change = 'created') AS created,
        count(*) FILTER (WHERE change = 'gone') AS gone,
        count(*) FILTER (WHERE change = 'max-length' AND event = 'created') AS other_max_length,
        count(*) FILTER (WHERE change = 'asn' AND event = 'created') AS other_asn
    FROM roa_changes
    WHERE event <> 'first'
    GROUP BY file_date, source, trust_anchor
)
SELECT
    file_date,
    CAST(previous_date AS DATE) AS previous_date,
    coalesce(nullif(source, ''), 'one source') AS source,
    coalesce(nullif(trust_anchor, ''), 'all trust anchors') AS trust_anchor,
    concat_ws(', ', coalesce(nullif(trust_anchor, ''), 'all trust anchors'), nullif(source, '')) AS series,
    strftime(previous_date, '%Y-%m-%d') || ' to ' || strftime(file_date, '%Y-%m-%d') AS period,
    date_diff('day', CAST(previous_date AS DATE), file_date) AS days,
    CAST(created AS BIGINT) AS created,
    CAST(gone AS BIGINT) AS gone,
    CAST(other_max_length AS BIGINT) AS other_max_length,
    CAST(other_asn AS BIGINT) AS other_asn,
    CAST(sum(created) OVER (PARTITION BY file_date, source) AS BIGINT) AS all_created,
    CAST(sum(gone) OVER (PARTITION BY file_date, source) AS BIGINT) AS all_gone,
    CASE WHEN date_diff('day', CAST(previous_date AS DATE), file_date) <> lag(date_diff('day', CAST(previous_date AS DATE), file_date)) OVER (PARTITION BY source, trust_anchor ORDER BY file_date)
        THEN 'compared over another number of days' ELSE '' END AS break
FROM counted
ORDER BY file_date DESC, created DESC, trust_anchor, source
