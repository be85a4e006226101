package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tidemark"
	"tidemark/internal/atomicfile"
	"tidemark/internal/confine"
	"tidemark/internal/quantity"
	"tidemark/pipeline"
	"tidemark/pipeline/work"
)

type workVerb struct {
	List workListVerb `cmd:"" help:"List what is to be decoded, derived or compacted now, as units."`
	Do   workDoVerb   `cmd:"" help:"Do the units of a shard of a list."`
	Done workDoneVerb `cmd:"" help:"End the work on a list: record what could not be read, and remove what killed workers left."`
}

type workListVerb struct {
	Does  string `arg:"" enum:"decode,derive,compact" help:"What to list: decode, derive or compact."`
	Units string `arg:"" help:"File that the list replaces; - for standard output."`
}

// Run writes the list as a whole or not at all.
func (v *workListVerb) Run(ctx context.Context, env *environment) error {
	var more confine.Access
	if v.Units != "-" {
		more.Write = []string{filepath.Dir(v.Units)}
	}
	if err := env.confineToDataAnd(more); err != nil {
		return err
	}
	return env.session(ctx, env.BeginCoordinating, func(ctx context.Context, s *pipeline.Session) error {
		units, err := s.List(ctx, v.Does)
		if err != nil {
			return err
		}
		if v.Units == "-" {
			return work.Write(env.stdout, units)
		}
		if err := writeUnits(v.Units, units); err != nil {
			return err
		}
		var bytes int64
		for _, u := range units {
			bytes += u.Bytes()
		}
		printf(env.out, "%s units, %s to read\n", quantity.Count(len(units)), quantity.Bytes(bytes))
		return nil
	})
}

func writeUnits(path string, units []work.Unit) error {
	dir, base := filepath.Split(path)
	f, err := atomicfile.Create(dir, base)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(work.Write(f, units), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

type workDoVerb struct {
	Units  string `arg:"" help:"File of tidemark work list; - for standard input."`
	Shard  string `placeholder:"I/N" help:"Shard I of N, counted from 0 (default: as Slurm, Kubernetes or AWS Batch says, or else all units)."`
	Shards int    `placeholder:"N" help:"Number of shards, where the element of an array knows only its index, or the array leaves some out."`
}

// Run does the units of the shard.
func (v *workDoVerb) Run(ctx context.Context, env *environment) error {
	shard, err := v.shard()
	if err != nil {
		return usageError{err}
	}
	units, all, err := readUnits(env, v.Units, shard)
	if err != nil {
		return err
	}
	worker, err := env.BeginWork(ctx)
	if err != nil {
		return err
	}
	defer worker.End()
	r, err := worker.Do(ctx, units)
	printf(env.out, "shard %s with %s of %s units: %d made, %d stood, %d left\n", shard, quantity.Count(len(units)), quantity.Count(all), r.Made, r.Stood, r.Left)
	if err == nil && len(r.Problems) > 0 {
		return errPartly
	}
	return err
}

func (v *workDoVerb) shard() (work.Shard, error) {
	if v.Shard == "" {
		return work.Ours(os.Getenv, v.Shards)
	}
	if v.Shards != 0 {
		return work.Shard{}, errors.New("give --shard I/N or --shards N, not both")
	}
	return work.ParseShard(v.Shard)
}

// readUnits confines the process and reads the units of a shard. What is wrong with the list is a mistake of the user.
func readUnits(env *environment, path string, shard work.Shard) (units []work.Unit, all int, err error) {
	var more confine.Access
	if path != "-" {
		more.Read = []string{path}
	}
	if err := env.confineToDataAnd(more); err != nil {
		return nil, 0, err
	}
	in := env.stdin
	if path != "-" {
		f, err := atomicfile.Open(path)
		if err != nil {
			return nil, 0, err
		}
		defer f.Close()
		in = f
	}
	if units, all, err = work.Read(in, tidemark.Program, shard); err != nil {
		return nil, 0, usageError{fmt.Errorf("%s: %w", path, err)}
	}
	return units, all, nil
}

type workDoneVerb struct {
	Units string `arg:"" help:"File of tidemark work list; - for standard input."`
}

// Run ends the work.
func (v *workDoneVerb) Run(ctx context.Context, env *environment) error {
	units, _, err := readUnits(env, v.Units, work.Whole)
	if err != nil {
		return err
	}
	return env.session(ctx, env.BeginCoordinating, func(ctx context.Context, s *pipeline.Session) error {
		r, err := s.EndWork(ctx, units)
		if err == nil {
			printf(env.out, "%s of %s units are done\n", quantity.Count(r.Units-r.Missing), quantity.Count(r.Units))
		}
		return err
	})
}
