package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/atomicfile"
	"tidemark/internal/legible"
)

type sqlVerb struct {
	Query string `arg:"" help:"A statement in DuckDB's SQL; each dataset is a view with its name. - reads the statement from standard input."`
	CSV   bool   `name:"csv" help:"As CSV."`
	JSON  bool   `help:"As JSON, one object on each line."`

	Output string `short:"o" placeholder:"FILE" help:"Write to a file outside of the data folder."`
}

// maxQuery is the longest query read from standard input, in bytes.
const maxQuery = 1 << 20

// Run answers one statement that reads over the committed partitions. It can read those and nothing else, and write nothing.
func (v *sqlVerb) Run(ctx context.Context, env *environment) error {
	query := v.Query
	if query == "-" {
		text, err := io.ReadAll(io.LimitReader(env.stdin, maxQuery))
		if err != nil {
			return err
		}
		query = string(text)
	}
	// Opening a dataset costs more than most queries, and what the text does not name it cannot read: views of other datasets are there,
	// with their columns and without rows.
	text := strings.ToLower(query)
	e, err := engine.Open(env.Store(), datasets.All(), engine.Options{Only: func(m *table.Manifest) bool { return strings.Contains(text, m.Dataset) }})
	if err != nil {
		return err
	}
	defer e.Close()
	result, err := e.Ask(ctx, query, v.JSON)
	if err != nil {
		return err
	}
	if v.Output != "" {
		return v.writeFile(env, result)
	}
	err = v.write(env, result)
	if isBrokenPipe(err) {
		return nil
	}
	return err
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
	to.stdout, to.out = &text, &text
	if err := v.write(&to, result); err != nil {
		return err
	}
	return atomicfile.Write(v.Output, text.Bytes())
}

func (v *sqlVerb) write(env *environment, result *table.Result) error {
	if v.CSV {
		return result.WriteCSV(env.stdout)
	}
	if v.JSON {
		encoder := json.NewEncoder(env.stdout)
		encoder.SetEscapeHTML(false)
		for _, row := range result.Rows {
			object := make(map[string]any, len(row))
			for i, c := range result.Columns {
				object[c.Name] = row[i]
			}
			if err := encoder.Encode(object); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
	var names []string
	for _, c := range result.Columns {
		names = append(names, legible.Line(c.Name))
	}
	fmt.Fprintln(w, strings.Join(names, "\t"))
	for _, row := range result.Rows {
		cells := make([]string, len(row))
		for i, value := range row {
			cells[i] = legible.Line(result.Columns[i].Text(value))
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	printf(env.err, "%d rows\n", len(result.Rows))
	return nil
}
