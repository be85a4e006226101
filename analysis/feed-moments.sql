-- What the feeds of a dump or an hour are compared with: those before it of its series, of its family and of all.
moments AS (
    SELECT series, moment FROM gathered
    UNION ALL
    SELECT 'IPv' || family, moment FROM gathered
    UNION ALL
    SELECT '', moment FROM gathered
)
SELECT series, moment FROM moments
