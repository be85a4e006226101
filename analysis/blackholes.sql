SELECT * EXCLUDE (attribute)
FROM counts
WHERE attribute = 'blackhole'
ORDER BY family, dump_time, full_feed_ases DESC NULLS LAST, table_entries DESC, collector, source
