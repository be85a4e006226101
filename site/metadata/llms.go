package metadata

import (
	"fmt"
	"strings"
)

// LLMs returns llms.txt (https://llmstxt.org): what the site is, how its numbers are to be read, its pages, and its files.
func LLMs(site Site, answers []Answer, datasets []PublishedDataset) []byte {
	var b strings.Builder
	link := func(title, path, about string) {
		fmt.Fprintf(&b, "- [%s](%s)", markdown(title), site.page(path))
		if about != "" {
			b.WriteString(": " + markdown(about))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "# %s\n\n> Measurements of how the Internet evolves: its routing table (BGP), its RPKI, its IPv6, its standards (RFCs). Published by %s", markdown(site.Title), markdown(site.Publisher))
	if site.Newest != "" {
		fmt.Fprintf(&b, ", with data to %s", site.Newest)
	}
	b.WriteString(".\n\n")
	if site.License != "" {
		fmt.Fprintf(&b, "The licence of the data is %s; the metadata of each table name the sources with their licences.\n\n", markdown(site.License))
	}
	b.WriteString(`How to read and quote it:

- A number is of the day that is stated with it, not of today. Quote it with that day, its unit and its coverage ("n of N").
- Unknown is not zero: an empty cell in CSV, and null in JSON, mean that nobody knows. A gap in a series stays a gap.
- Rows are comparable only where the columns named in comparable_by of the metadata are equal, and a text in the break column says why a row is not
  comparable with the one before it.
- Each answer is at q/SLUG/ (page), q/SLUG.csv, q/SLUG.json, q/SLUG.parquet, q/SLUG.arrow (whole table), q/SLUG.metadata.json (definition, columns with
  units, day, sources with licences, citation), q/SLUG.sources.csv (every source file with its SHA-256 and licence), and where it has a chart
  q/SLUG.svg and q/SLUG.png. These addresses do not change. data/DAY/SLUG.csv is the version of a day.
- Datasets are hive-partitioned Parquet files: data/datasets/NAME/vN/year=YYYY/month=MM/day=DD/*.parquet. DuckDB reads them as one table:
  SELECT * FROM read_parquet([...]) with the paths that data/datasets/NAME/datapackage.json lists.

`)
	b.WriteString("## Answers\n\n")
	for _, a := range answers {
		if a.Rows > 0 {
			link(a.Title, a.Page, a.Lead)
		}
	}
	b.WriteString("\n## Data and definitions\n\n")
	link("Datasets", "datasets/index.html", "every table with the meaning of its columns")
	link("Data Package", SitePackagePath, "all files of the answers with their columns")
	link("DCAT", DCATPath, "the same as a catalogue in JSON-LD")
	link("Croissant", CroissantPath, "the same for machine learning")
	link("SQL", "sql.html", "a page that answers queries over the datasets in the browser")
	link("How to read this site", "about.html", "")
	link("How to cite", CitationPath, "")
	link("Checksums", "SHA256SUMS", "of every file")
	b.WriteString("\n## Optional\n\n")
	for _, d := range datasets {
		link(d.Schema.Name, PackagePath(d.Schema.Name), d.Schema.Row)
	}
	return []byte(b.String())
}

var markdownSigns = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "<", `\<`, "`", "\\`", "*", `\*`)

// markdown returns a text on one line of Markdown, in which nothing is a mark.
func markdown(s string) string { return markdownSigns.Replace(line(s)) }
