SELECT * EXCLUDE (attribute)
FROM counts
WHERE attribute = 'as-set'
ORDER BY family, dump_time, full_feed_ases DESC NULLS LAST, table_entries DESC, collector, source
