-- The updates of a family at a collector ($4) in the days behind one ($2) up to another ($3). They are read again for each use: kept,
-- those of a month would fill the memory.
WITH counted AS NOT MATERIALIZED (
    SELECT *, announcements + withdrawals AS updates
    FROM prefix_updates
    WHERE family = $1 AND collector = $4 AND update_day > CAST($2 AS DATE) AND update_day <= CAST($3 AS DATE)
)
