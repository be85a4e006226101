package site

import (
	"fmt"

	"tidemark/site/metadata"
)

// snippet is code that reads a download in one language. Tests run each as the page shows it, in the folder of the site.
// It prints the number of rows first.
type snippet struct {
	Tool string // as the page names it
	Run  string // python or Rscript
	Code string
}

// answerSnippets returns code that reads the answer of a question.
func answerSnippets(slug string) []snippet {
	parquet, csv := answerPath(slug, "parquet"), answerPath(slug, "csv")
	return []snippet{
		{"pyarrow", "python", fmt.Sprintf("import pyarrow.parquet as pq\n\ntable = pq.read_table(%q)\nprint(table.num_rows)\nprint(table.schema)", parquet)},
		{"DuckDB", "python", fmt.Sprintf("import duckdb\n\nrows = duckdb.sql(\"SELECT * FROM '%s'\")\nprint(len(rows))\nprint(rows)", parquet)},
		{"Polars", "python", fmt.Sprintf("import polars as pl\n\nrows = pl.read_parquet(%q)\nprint(rows.height)\nprint(rows)", parquet)},
		{"R", "Rscript", fmt.Sprintf("rows <- read.csv(%q, na.strings = \"\", check.names = FALSE)\ncat(nrow(rows), \"\\n\")\nstr(rows)", csv)},
	}
}

// datasetSnippets returns code that reads all published partitions of a dataset as one table.
func datasetSnippets(p *datasetPackage) []snippet {
	folder := fmt.Sprintf("%s%s/v%d", metadata.DatasetsFolder, p.Schema.Name, p.Schema.Version)
	all := []snippet{
		{"pyarrow", "python", fmt.Sprintf("import pyarrow.dataset as ds\n\ndataset = ds.dataset(%q, format=\"parquet\", partitioning=\"hive\")\nprint(dataset.count_rows())\nprint(dataset.schema)", folder)},
		{"DuckDB", "python", fmt.Sprintf("import duckdb\n\nrows = duckdb.sql(\"SELECT * FROM '%s/**/*.parquet'\")\nprint(rows.aggregate(\"count(*)\").fetchall()[0][0])\nprint(rows)", folder)},
		{"Polars", "python", fmt.Sprintf("import polars as pl\n\nrows = pl.scan_parquet(\"%s/**/*.parquet\")\nprint(rows.select(pl.len()).collect().item())\nprint(rows.head().collect())", folder)},
	}
	if len(p.Combined) > 0 {
		all = append(all, snippet{"R", "Rscript", fmt.Sprintf("rows <- read.csv(%q, na.strings = \"\", check.names = FALSE)\ncat(nrow(rows), \"\\n\")\nstr(rows)", p.Combined[0].Path)})
	}
	return all
}
