-- The updates of a family in the days up to the newest of a year, of the collector that sent the most in them.
WITH newest AS (
    SELECT max(update_day) AS day
    FROM prefix_updates
    WHERE family = $1 AND update_day >= CAST($2 AS DATE) AND update_day < CAST($3 AS DATE)
),
within AS (
    SELECT prefix_updates.*, day, announcements + withdrawals AS updates
    FROM prefix_updates JOIN newest ON update_day <= day AND update_day > day - CAST($4 AS INTEGER)
    WHERE family = $1 AND update_day >= CAST($2 AS DATE)
),
busiest AS (
    SELECT collector FROM within GROUP BY collector ORDER BY count(DISTINCT update_day) DESC, sum(updates) DESC, collector LIMIT 1
),
counted AS (SELECT * FROM within WHERE collector = (SELECT collector FROM busiest))
