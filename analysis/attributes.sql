SELECT * REPLACE (series || ': ' || attribute AS series)
FROM counts
ORDER BY family, dump_time, full_feed_ases DESC NULLS LAST, table_entries DESC, collector, source, attribute
