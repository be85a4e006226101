-- An index that lost more than a thirtieth of the entries of an earlier one is a bad or another file: it is not believed.
WITH believed AS MATERIALIZED (
    SELECT snapshot_date, source
    FROM (
        SELECT
            snapshot_date,
            source,
            count(*) AS entries,
            max(count(*)) OVER (ORDER BY snapshot_date, source ROWS UNBOUNDED PRECEDING) AS most
        FROM rfcs
        WHERE source <> 'rfcN.json'
        GROUP BY snapshot_date, source
    )
    WHERE 30 * entries >= 29 * most
),
