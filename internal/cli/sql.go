package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/legible"
)

type sqlVerb struct {
	Query string `arg:"" help:"A statement in DuckDB's SQL; each dataset is a view with its name. - reads the statement from standard input."`
	CSV   bool   `name:"csv" help:"As CSV."`
	JSON  bool   `help:"As JSON, one object on each line."`
}

// maxQuery is the longest query read from standard input, in bytes.
const maxQuery = 1 << 20

// Run answers one statement over the committed partitions. It can read those and nothing else.
func (v *sqlVerb) Run(ctx context.Context, env *environment) error {
	query := v.Query
	if query == "-" {
		text, err := io.ReadAll(io.LimitReader(env.stdin, maxQuery))
		if err != nil {
			return err
		}
		query = string(text)
	}
	e, err := engine.Open(env.Store(), datasets.All(), engine.Options{})
	if err != nil {
		return err
	}
	defer e.Close()
	result, err := e.Print(ctx, query, v.JSON)
	if err != nil {
		return err
	}
	err = v.write(env, result)
	if isBrokenPipe(err) {
		return nil
	}
	return err
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
