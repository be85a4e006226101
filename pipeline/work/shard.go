package work

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Shard is every Count-th unit of a list, from Index on.
type Shard struct{ Index, Count int }

// Whole is the shard that is the whole list.
var Whole = Shard{0, 1}

// maxShards is into how many shards a list can be shared out.
const maxShards = 1_000_000

func (s Shard) has(line int) bool { return line%s.Count == s.Index }

// String returns the shard in the form that ParseShard accepts.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// ParseShard parses I/N, the shard I of N, counted from 0.
func ParseShard(text string) (Shard, error) {
	i, n, _ := strings.Cut(text, "/")
	index, err := strconv.ParseUint(i, 10, 31)
	count, countErr := strconv.ParseUint(n, 10, 31)
	if errors.Join(err, countErr) != nil {
		return Shard{}, fmt.Errorf("invalid shard %q (want for example 0/16, the first of 16)", text)
	}
	return newShard(int(index), int(count))
}

func newShard(index, count int) (Shard, error) {
	switch {
	case count < 1 || count > maxShards:
		return Shard{}, fmt.Errorf("%d shards (want 1 to %d)", count, maxShards)
	case index < 0 || index >= count:
		return Shard{}, fmt.Errorf("shard %d of %d (want 0 to %d)", index, count, count-1)
	}
	return Shard{index, count}, nil
}

// engine is a program that starts processes by number, and the environment variables in which it tells each its number.
type engine struct {
	name, index string
	count       string // empty: it does not say of how many
}

var engines = []engine{
	{"Slurm", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT"},
	{"Kubernetes", "JOB_COMPLETION_INDEX", ""},
	{"AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE"},
}

// Ours returns the shard of a process that Slurm, Kubernetes or AWS Batch started as an element of an array, and the whole list where
// none did. count is the number of shards, in which the engine's indices start from 0; 0: as many as the engine says.
func Ours(variable func(string) string, count int) (Shard, error) {
	var started []engine
	for _, e := range engines {
		if variable(e.index) != "" {
			started = append(started, e)
		}
	}
	switch {
	case len(started) > 1:
		return Shard{}, fmt.Errorf("both %s and %s are set; give --shard I/N", started[0].index, started[1].index)
	case len(started) == 0 && count != 0:
		return Shard{}, errors.New("--shards is for the elements of an array of Slurm, Kubernetes or AWS Batch, and no variable says that this is one; give --shard I/N")
	case len(started) == 0:
		return Whole, nil
	}
	return started[0].shard(variable, count)
}

func (e engine) shard(variable func(string) string, count int) (Shard, error) {
	index, err := number(variable, e.index)
	switch {
	case err != nil:
		return Shard{}, err
	case count != 0:
		return newShard(index, count)
	case e.count == "":
		return Shard{}, fmt.Errorf("%s does not say of how many processes this is number %d; give --shards N", e.name, index)
	}
	if count, err = number(variable, e.count); err != nil {
		return Shard{}, err
	}
	if e.name == "Slurm" {
		if index, err = fromZero(variable, index, count); err != nil {
			return Shard{}, err
		}
	}
	return newShard(index, count)
}

// fromZero returns the place of an element in an array of Slurm, whose indices may start anywhere and have a step. Of an array that
// leaves some out, such as --array=3,7, it is not known what the others are.
func fromZero(variable func(string) string, index, count int) (int, error) {
	first, err := number(variable, "SLURM_ARRAY_TASK_MIN")
	last, lastErr := number(variable, "SLURM_ARRAY_TASK_MAX")
	if err = errors.Join(err, lastErr); err != nil {
		return 0, err
	}
	step := 1
	if count > 1 {
		step = (last - first) / (count - 1)
	}
	if step < 1 || first+step*(count-1) != last || (index-first)%step != 0 {
		return 0, fmt.Errorf("the array of %d elements from %d to %d has gaps; give --shards N, the number of shards, whose indices start from 0", count, first, last)
	}
	return (index - first) / step, nil
}

func number(variable func(string) string, name string) (int, error) {
	n, err := strconv.ParseUint(variable(name), 10, 31)
	if err != nil {
		return 0, fmt.Errorf("invalid %s %q (want a number); give --shard I/N", name, variable(name))
	}
	return int(n), nil
}
