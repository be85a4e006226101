package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/atomicfile"
)

type sqlVerb struct {
	Query  string `arg:"" optional:"" help:"A statement in DuckDB's SQL; each dataset is a view with its name. - reads the statement from standard input; without one there is a prompt."`
	Format string `enum:"${sqlFormats}" default:"table" placeholder:"FORMAT" help:"One of ${sqlFormats}."`
	CSV    bool   `name:"csv" help:"The same as --format csv."`
	JSON   bool   `help:"The same as --format jsonl: one object on each line."`
	limited

	Output string `short:"o" placeholder:"FILE" help:"Write to a file outside of the data folder."`
}

const (
	maxQuery    = 1 << 20 // longest query read from standard input, in bytes
	formatTable = "table"
)

// Run answers one statement that reads over the committed partitions. It can read those and nothing else, and write nothing.
func (v *sqlVerb) Run(ctx context.Context, env *environment) error {
	switch {
	case v.CSV && v.JSON, (v.CSV || v.JSON) && v.Format != formatTable:
		return usageError{errors.New("--csv, --json and --format exclude each other")}
	case v.CSV:
		v.Format = formatCSV
	case v.JSON:
		v.Format = formatJSONLines
	}
	v.Limit = v.most(env.terminal && v.Output == "")
	query := v.Query
	switch query {
	case "":
		if !isTerminal(env.stdin) || !env.terminal || v.Output != "" {
			return usageError{errors.New("there is no statement: give one, or - to read it from standard input; the prompt needs a terminal")}
		}
		return v.prompt(ctx, env)
	case "-":
		text, err := io.ReadAll(io.LimitReader(env.stdin, maxQuery))
		if err != nil {
			return err
		}
		query = string(text)
	}
	if v.Format == formatParquet && v.Output == "" && env.terminal {
		return usageError{errors.New("--format parquet is not for a terminal: name a file with --output")}
	}
	result, err := ask(ctx, env, query, v.Format)
	if err != nil {
		return err
	}
	if v.Output != "" {
		return v.writeFile(env, result)
	}
	err = writeResult(env, result, v.Format, v.Limit)
	if isBrokenPipe(err) {
		return nil
	}
	return err
}

// ask returns the result of a statement, with values as the format needs them.
func ask(ctx context.Context, env *environment, query, format string) (*table.Result, error) {
	// Opening a dataset costs more than most queries, and what the text does not name it cannot read: views of other datasets are there,
	// with their columns and without rows.
	text := strings.ToLower(query)
	e, err := engine.Open(env.Store(), datasets.All(), engine.Options{Named: func(dataset string) bool { return strings.Contains(text, dataset) }})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	return e.Ask(ctx, query, format == formatJSON || format == formatJSONLines)
}

// writeFile writes the result to the file, which is replaced as a whole: where it is a hard link, the other name keeps its bytes.
func (v *sqlVerb) writeFile(env *environment, result *table.Result) error {
	inside, err := within(env.Dir, v.Output)
	if err != nil {
		return err
	}
	if inside {
		return usageError{fmt.Errorf("--output: %s lies in the data folder %s; write to a file outside of it", v.Output, env.Dir)}
	}
	if stat, err := os.Lstat(v.Output); err == nil && !stat.Mode().IsRegular() {
		return usageError{fmt.Errorf("--output: %s is not a regular file", v.Output)}
	}
	var text bytes.Buffer
	to := *env
	to.stdout, to.out, to.style = &text, &text, style{}
	if err := writeResult(&to, result, v.Format, v.Limit); err != nil {
		return err
	}
	return atomicfile.Write(v.Output, text.Bytes())
}
