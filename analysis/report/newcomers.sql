-- The prefixes of a table ($4) that the table before ($3) did not have, and the root prefixes of the table before.
SELECT prefix, bool_or(dump_time = $3) AS before, bool_or(dump_time = $4) AS now
FROM routes
WHERE family = $1 AND collector = $2 AND dump_time IN ($3, $4) AND left_out = ''
GROUP BY prefix
HAVING NOT before OR bool_or(dump_time = $3 AND covering_prefix = '')
ORDER BY prefix
