,
-- Of several answers about an RFC the newest counts.
reached AS (
    SELECT rfc, milestone, arg_max(reached, snapshot_date || ' ' || reached) AS day FROM draft_milestones GROUP BY rfc, milestone
),
days AS (
    SELECT
        rfc AS number,
        max(day) FILTER (WHERE milestone = 'first-revision') AS first_revision,
        max(day) FILTER (WHERE milestone = 'adoption') AS adoption,
        max(day) FILTER (WHERE milestone = 'iesg') AS iesg,
        max(day) FILTER (WHERE milestone = 'queue') AS queue,
        max(day) FILTER (WHERE milestone = 'publication') AS publication
    FROM reached
    GROUP BY rfc
),
-- The stages before the queue are those of the IETF stream alone.
stages AS (
    SELECT *
    FROM (
        VALUES
            (1, 'first draft to adoption', true), (2, 'adoption to IESG', true), (3, 'IESG to queue', true),
            (4, 'queue to publication', false), (5, 'first draft to publication', false)
    ) AS s (place, stage, ietf_only)
),
spans AS (
    SELECT
        current.covered_year,
        current.stream,
        current.as_of,
        stages.place,
        stages.stage,
        CASE stages.place
            WHEN 1 THEN date_diff('day', days.first_revision, days.adoption)
            WHEN 2 THEN date_diff('day', days.adoption, days.iesg)
            WHEN 3 THEN date_diff('day', days.iesg, days.queue)
            WHEN 4 THEN date_diff('day', days.queue, days.publication)
            ELSE date_diff('day', days.first_revision, days.publication)
        END AS span
    FROM current CROSS JOIN stages LEFT JOIN days USING (number)
    WHERE
        current.covered_year IN (SELECT c.covered_year FROM current c JOIN days d USING (number))
        AND (current.stream = 'IETF' OR NOT stages.ietf_only)
)
SELECT
    CAST(covered_year AS VARCHAR) AS year,
    stream,
    stage,
    stream || ': ' || stage AS series,
    count(*) AS rfcs,
    count(*) FILTER (WHERE span >= 0) AS known,
    count(*) - count(*) FILTER (WHERE span >= 0) AS unknown,
    median(span) FILTER (WHERE span >= 0) AS median_days,
    quantile_cont(span, 0.25) FILTER (WHERE span >= 0) AS quarter_days,
    quantile_cont(span, 0.75) FILTER (WHERE span >= 0) AS three_quarters_days,
    max(as_of) AS as_of
FROM spans
GROUP BY covered_year, stream, place, stage
ORDER BY year, stream, place
