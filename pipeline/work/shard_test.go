package work_test

import (
	"strings"
	"testing"

	"tidemark/pipeline/work"
)

func TestParseShard(t *testing.T) {
	for text, want := range map[string]work.Shard{"0/1": work.Whole, "15/16": {Index: 15, Count: 16}, "999999/1000000": {Index: 999999, Count: 1000000}} {
		if got, err := work.ParseShard(text); err != nil || got != want || got.String() != text {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1", "/", "1/", "/2", "2/2", "0/0", "-1/2", "0/-2", "0/1000001", "1.5/2", "0/99999999999999999999", " 0/1", "0/1/1"} {
		if got, err := work.ParseShard(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

// TestOurs: the elements of an array of each engine are the shards, and what is not known is not guessed.
func TestOurs(t *testing.T) {
	slurm := func(id, least, most, count string) map[string]string {
		return map[string]string{"SLURM_ARRAY_TASK_ID": id, "SLURM_ARRAY_TASK_MIN": least, "SLURM_ARRAY_TASK_MAX": most, "SLURM_ARRAY_TASK_COUNT": count}
	}
	kubernetes := map[string]string{"JOB_COMPLETION_INDEX": "3"}
	batch := map[string]string{"AWS_BATCH_JOB_ARRAY_INDEX": "3", "AWS_BATCH_JOB_ARRAY_SIZE": "10"}
	for _, c := range []struct {
		name      string
		variables map[string]string
		count     int
		want, err string
	}{
		{name: "none", want: "0/1"},
		{name: "none, with a number", count: 4, err: "no variable says"},
		{name: "Slurm from 0", variables: slurm("3", "0", "15", "16"), want: "3/16"},
		{name: "Slurm from 1", variables: slurm("1", "1", "16", "16"), want: "0/16"},
		{name: "Slurm with a step", variables: slurm("8", "0", "12", "4"), want: "2/4"},
		{name: "Slurm, one element", variables: slurm("7", "7", "7", "1"), want: "0/1"},
		{name: "Slurm, some elements", variables: slurm("5", "3", "9", "3"), err: "has gaps"},
		{name: "Slurm, other elements", variables: slurm("7", "3", "8", "3"), err: "has gaps"},
		{name: "Slurm, some elements with a number", variables: slurm("7", "3", "7", "2"), count: 16, want: "7/16"},
		{name: "Slurm, beyond the number", variables: slurm("16", "0", "16", "17"), count: 16, err: "shard 16 of 16"},
		{name: "Slurm, no number", variables: slurm("x", "0", "15", "16"), err: "SLURM_ARRAY_TASK_ID"},
		{name: "Slurm, no count", variables: map[string]string{"SLURM_ARRAY_TASK_ID": "1"}, err: "SLURM_ARRAY_TASK_COUNT"},
		{name: "Kubernetes", variables: kubernetes, count: 8, want: "3/8"},
		{name: "Kubernetes without a number", variables: kubernetes, err: "--shards"},
		{name: "AWS Batch", variables: batch, want: "3/10"},
		{name: "two engines", variables: map[string]string{"JOB_COMPLETION_INDEX": "3", "AWS_BATCH_JOB_ARRAY_INDEX": "3"}, err: "both"},
	} {
		got, err := work.Ours(func(name string) string { return c.variables[name] }, c.count)
		if c.err == "" && (err != nil || got.String() != c.want) || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: %v, %v, want %s%s", c.name, got, err, c.want, c.err)
		}
	}
}
