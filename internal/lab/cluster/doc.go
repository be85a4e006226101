// Package cluster tests work that is shared out among processes: shards that are started twice and killed, and those of a real Slurm and a real Spark.
// What they make is held against what one process makes alone.
package cluster
