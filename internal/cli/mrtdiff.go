package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"tidemark/collectors/mrt/dump"
)

type mrtDiffVerb struct {
	JSON bool `help:"One JSON object for each change."`
	CSV  bool `name:"csv" help:"Comma-separated values with a header line."`
	All  bool `short:"a" help:"Also show routes of which only other attributes than the AS path differ."`
	mrtSelect
	A string `arg:"" help:"The table dump before, compressed or not; - is standard input."`
	B string `arg:"" help:"The table dump after."`
}

// Run compares two tables, both of which it holds in memory.
func (v *mrtDiffVerb) Run(ctx context.Context, env *environment) error {
	var filter dump.Filter
	err := v.filter(&filter)
	switch {
	case err != nil:
	case v.JSON && v.CSV:
		err = errors.New("--json and --csv exclude each other")
	case v.A == "-" && v.B == "-":
		err = errors.New("only one of the tables can be read from standard input")
	}
	if err != nil {
		return usageError{err}
	}
	return promptly(ctx, func() error {
		files := env.mrtFiles()
		a, err := v.table(ctx, files, v.A, &filter)
		if err != nil {
			return err
		}
		b, err := v.table(ctx, files, v.B, &filter)
		if err != nil {
			return err
		}
		if err := v.write(ctx, env, a, b); err != nil && !isBrokenPipe(err) {
			return err
		}
		return files.verdict(nil)
	})
}

// errNoTable is why nothing is compared: a missing table is not an empty one.
var errNoTable = errors.New("no table can be read from it, so that nothing is compared")

// table reads the newest table dump of a file. It is an error if there is none.
func (v *mrtDiffVerb) table(ctx context.Context, files *mrtFiles, name string, filter *dump.Filter) (*dump.Snapshot, error) {
	s := dump.NewSnapshot(time.Unix(math.MaxUint32, 0), filter)
	if err := files.use(name, func(name string, in io.Reader) error { return s.LoadTables(ctx, in, name, files.report) }); err != nil {
		return nil, err
	}
	if s.Dumps() == 0 {
		return nil, fmt.Errorf("%s: %w", name, errNoTable)
	}
	return s, nil
}

// write writes the changes, and their numbers behind the text.
func (v *mrtDiffVerb) write(ctx context.Context, env *environment, a, b *dump.Snapshot) error {
	to := env.out
	if v.JSON || v.CSV {
		to = env.stdout
	}
	out := bufio.NewWriter(to)
	if v.CSV {
		out.WriteString(dump.DiffHeader) // a bufio.Writer keeps its error for Flush
	}
	counts := map[dump.ChangeKind]int{}
	var line []byte
	err := dump.Diff(a, b, func(c *dump.Change) error {
		counts[c.Kind]++
		switch {
		case c.Kind == dump.Attributes && !v.All:
			return ctx.Err()
		case v.JSON:
			line = c.AppendJSON(line[:0])
		case v.CSV:
			line = c.AppendCSV(line[:0])
		default:
			line = c.AppendText(line[:0])
		}
		_, err := out.Write(line)
		return errors.Join(err, ctx.Err())
	})
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	printf(env.err, "%d routes came, %d went, %d have another origin, %d another path, %d other attributes\n",
		counts[dump.Came], counts[dump.Went], counts[dump.Origin], counts[dump.Path], counts[dump.Attributes])
	return nil
}
