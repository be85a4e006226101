package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"tidemark/internal/suggest"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

type datasetsVerb struct {
	Ls       datasetsLs       `cmd:"" help:"List the datasets with what is there of them."`
	Describe datasetsDescribe `cmd:"" help:"Show a dataset's dictionary."`
	Verify   datasetsVerify   `cmd:"" help:"Read every file again and compare it with its manifest."`
}

type datasetsLs struct {
	JSON bool `help:"As JSON."`
}

// Help shows examples.
func (datasetsLs) Help() string {
	return examples("tidemark datasets ls", "tidemark datasets ls --json")
}

type datasetLine struct {
	Name       string `json:"name"`
	Version    int    `json:"version"`
	Derived    bool   `json:"derived"`
	Partitions int    `json:"partitions"`
	Rows       int64  `json:"rows"`
	Bytes      int64  `json:"bytes"`
	From       string `json:"from,omitempty"` // first and last day
	To         string `json:"to,omitempty"`
	Damaged    int    `json:"damaged"` // partitions whose source is damaged
}

// Run lists the datasets.
func (v *datasetsLs) Run(env *environment) error {
	var lines []datasetLine
	for _, s := range datasets.All() {
		manifests, err := env.store.Manifests(s)
		if err != nil {
			return err
		}
		line := datasetLine{Name: s.Name, Version: s.Version, Derived: s.Derived, Partitions: len(manifests)}
		for i, m := range manifests {
			if i == 0 {
				line.From = m.Day().Format(time.DateOnly)
			}
			line.To = m.Day().Format(time.DateOnly)
			line.Rows += m.Rows
			line.Bytes += m.Bytes
			if len(m.Damage) > 0 {
				line.Damaged++
			}
		}
		lines = append(lines, line)
	}
	if v.JSON {
		return writeJSON(env.stdout, lines)
	}
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "dataset\tpartitions\trows\tbytes\tfrom\tto\tdamaged\t")
	for _, l := range lines {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\t%s\t%d\t\n", l.Name, l.Partitions, l.Rows, l.Bytes, l.From, l.To, l.Damaged)
	}
	return w.Flush()
}

type datasetsDescribe struct {
	Name string `arg:"" complete:"datasets" help:"Name of the dataset."`
	JSON bool   `help:"As JSON."`
}

// Help shows examples.
func (datasetsDescribe) Help() string {
	return examples("tidemark datasets describe routes", "tidemark datasets describe routes --json")
}

// Run shows the dictionary of one dataset.
func (v *datasetsDescribe) Run(env *environment) error {
	var known []string
	for _, s := range datasets.All() {
		if s.Name == v.Name {
			return describe(env.stdout, s, v.JSON)
		}
		known = append(known, s.Name)
	}
	return usageError{fmt.Errorf("no dataset is called %q%s", v.Name, suggest.Near(v.Name, known))}
}

func describe(out io.Writer, s *table.Schema, asJSON bool) error {
	type column struct {
		Name     string `json:"name"`
		Type     string `json:"type"`
		Nullable bool   `json:"nullable"`
		Unit     string `json:"unit,omitempty"`
		Doc      string `json:"doc"`
		RFCs     []int  `json:"rfcs,omitempty"`
	}
	var columns []column
	for _, c := range s.Columns {
		columns = append(columns, column{c.Name, c.Type.String(), c.Nullable, c.Unit, c.Doc, c.RFCs})
	}
	if asJSON {
		return writeJSON(out, map[string]any{
			"name": s.Name, "version": s.Version, "derived": s.Derived, "row": s.Row, "partition": s.Partition, "columns": columns,
		})
	}
	kind := "observed"
	if s.Derived {
		kind = "derived"
	}
	fmt.Fprintf(out, "%s, version %d, %s; a partition is %s\n%s\n\n", s.Name, s.Version, kind, s.Partition, s.Row)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range columns {
		doc := c.Doc
		if c.Unit != "" {
			doc += " [" + c.Unit + "]"
		}
		for _, n := range c.RFCs {
			doc += fmt.Sprintf(" RFC %d", n)
		}
		nullable := ""
		if c.Nullable {
			nullable = "?"
		}
		fmt.Fprintf(w, "  %s\t%s%s\t%s\n", c.Name, c.Type, nullable, doc)
	}
	return w.Flush()
}

type datasetsVerify struct{}

// Help shows examples.
func (datasetsVerify) Help() string { return examples("tidemark datasets verify") }

// Run verifies all partitions.
func (datasetsVerify) Run(env *environment) error {
	whole, found, err := env.store.Verify(datasets.All())
	if err != nil {
		return err
	}
	for _, d := range found {
		fmt.Fprintln(env.stdout, strings.ToValidUTF8(d.String(), "�"))
	}
	fmt.Fprintf(env.stdout, "%d partitions are whole, %d differences\n", whole, len(found))
	if len(found) > 0 {
		return fmt.Errorf("the datasets are not what their manifests say; remove the named files and run again")
	}
	return nil
}

func writeJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
