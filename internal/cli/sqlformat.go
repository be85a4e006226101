package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"tidemark/datasets/table"
	"tidemark/internal/legible"
	"tidemark/internal/quantity"
)

// Formats of results, beside tables.
const (
	formatCSV       = "csv"
	formatJSON      = "json"
	formatJSONLines = "jsonl"
	formatMarkdown  = "markdown"
	formatParquet   = "parquet"
)

func sqlFormats() []string {
	return []string{formatTable, formatCSV, formatJSON, formatJSONLines, formatMarkdown, formatParquet}
}

// writeResult writes a result in a format, and of a table no more rows than the limit; 0 is not a limit.
func writeResult(env *environment, result *table.Result, format string, limit int) error {
	switch format {
	case formatCSV:
		return result.WriteCSV(env.stdout)
	case formatJSON:
		return writeJSON(env.stdout, objects(result))
	case formatJSONLines:
		encoder := json.NewEncoder(env.stdout)
		encoder.SetEscapeHTML(false)
		for _, object := range objects(result) {
			if err := encoder.Encode(object); err != nil {
				return err
			}
		}
		return nil
	case formatMarkdown:
		return writeMarkdown(env.out, result)
	case formatParquet:
		return result.WriteParquet(env.stdout)
	}
	shown := *result
	if limit > 0 {
		shown.Rows = shown.Rows[:min(limit, len(shown.Rows))]
	}
	if err := env.draw(func(w io.Writer) { writeRows(w, &shown, env.style.width > 0) }); err != nil {
		return err
	}
	rows := count(int64(len(result.Rows)), "row", "rows")
	if left := len(result.Rows) - len(shown.Rows); left > 0 {
		rows = fmt.Sprintf("%s of %s rows; --limit 0 shows all", quantity.Count(int64(len(shown.Rows))), quantity.Count(int64(len(result.Rows))))
	}
	printf(env.err, "%s\n", rows)
	return nil
}

// writeRows writes rows whose tabs part cells. With a tab at the end of each line they are a table, which fits the terminal.
func writeRows(w io.Writer, result *table.Result, fitted bool) {
	end := "\n"
	if fitted {
		end = "\t\n"
	}
	for line := range textRows(result) {
		fmt.Fprint(w, strings.Join(line, "\t"), end)
	}
}

// textRows returns the names of the columns, and the values of each row, as text on one line.
func textRows(result *table.Result) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		cells := make([]string, len(result.Columns))
		for i, c := range result.Columns {
			cells[i] = legible.Line(c.Name)
		}
		if !yield(cells) {
			return
		}
		for _, row := range result.Rows {
			for i, value := range row {
				cells[i] = legible.Line(result.Columns[i].Text(value))
			}
			if !yield(cells) {
				return
			}
		}
	}
}

// objects returns the rows by the names of their columns.
func objects(result *table.Result) []map[string]any {
	all := make([]map[string]any, len(result.Rows))
	for i, row := range result.Rows {
		all[i] = make(map[string]any, len(row))
		for j, c := range result.Columns {
			all[i][c.Name] = row[j]
		}
	}
	return all
}

// markdownCell escapes what begins another cell or HTML.
var markdownCell = strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "&", "&amp;")

// writeMarkdown writes a table as GitHub's Markdown has them.
func writeMarkdown(w io.Writer, result *table.Result) error {
	head := true
	for line := range textRows(result) {
		cells := slices.Clone(line)
		for i := range cells {
			cells[i] = markdownCell.Replace(cells[i])
		}
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")); err != nil {
			return err
		}
		if !head {
			continue
		}
		head = false
		for i, c := range result.Columns {
			cells[i] = "---"
			if c.Type == table.Int64 || c.Type == table.Float64 {
				cells[i] = "---:"
			}
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
	}
	return nil
}
