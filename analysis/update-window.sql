-- What of a day the update files of a collector cover: from the minute of the first record to the end of that of the last.
WITH windows AS (
    SELECT
        collector,
        CAST(date_trunc('day', time) AS DATE) AS day,
        strftime(min(time), '%H:%M') AS since,
        CASE strftime(max(time), '%H:%M') WHEN '23:59' THEN '24:00' ELSE strftime(max(time) + INTERVAL 1 MINUTE, '%H:%M') END AS until,
        count(DISTINCT date_trunc('minute', time)) AS minutes_covered
    FROM updates
    GROUP BY ALL
)
