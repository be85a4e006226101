-- The updates of a family in the days behind one ($2) up to another ($3), of the collector that sent the most in them.
WITH within AS NOT MATERIALIZED (
    SELECT *, announcements + withdrawals AS updates
    FROM prefix_updates
    WHERE family = $1 AND update_day > CAST($2 AS DATE) AND update_day <= CAST($3 AS DATE)
),
busiest AS (
    SELECT collector FROM within GROUP BY collector ORDER BY count(DISTINCT update_day) DESC, sum(updates) DESC, collector LIMIT 1
),
counted AS NOT MATERIALIZED (SELECT * FROM within WHERE collector = (SELECT collector FROM busiest))
