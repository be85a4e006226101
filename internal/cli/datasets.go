package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/quantity"
	"tidemark/internal/suggest"
	"tidemark/pipeline"
)

type datasetsVerb struct {
	Ls       datasetsLs       `cmd:"" help:"List the datasets with their partitions, rows and days."`
	Describe datasetsDescribe `cmd:"" help:"Show a dataset's dictionary."`
	Index    datasetsIndex    `cmd:"" help:"Bring the index of the partitions up to date, and list its files."`
	Iceberg  datasetsIceberg  `cmd:"" help:"Register the partitions as Apache Iceberg tables, without a copy."`
	Verify   datasetsVerify   `cmd:"" help:"Read every file again and compare it with its manifest."`
}

type datasetsLs struct {
	JSON bool `help:"As JSON."`
}

// Run lists the datasets.
func (v *datasetsLs) Run(env *environment) error {
	var lines []datasetLine
	store := env.Store() // looks at the disk once
	for _, s := range datasets.All() {
		manifests, err := store.ManifestFields(s, table.SummaryColumns...)
		if err != nil {
			return err
		}
		line := datasetLine{Summary: s.Summary(manifests)}
		for _, m := range manifests {
			if !store.Here(m) {
				line.Away++
			}
		}
		lines = append(lines, line)
	}
	return env.show(v.JSON, lines, func(w io.Writer) { writeDatasets(w, lines) })
}

// datasetLine is how much there is of a dataset, and where.
type datasetLine struct {
	table.Summary
	Away int `json:"only_in_storage,omitempty"` // partitions
}

func writeDatasets(out io.Writer, lines []datasetLine) {
	printf(out, "dataset\tpartitions\trows\tbytes\tfrom\tto\tdamaged\t\n")
	for _, l := range lines {
		printf(out, "%s\t%d\t%d\t%s\t%s\t%s\t%d\t\n", l.Name, l.Partitions, l.Rows, quantity.ShortBytes(l.Bytes), l.From, l.To, l.Damaged)
	}
	for _, l := range lines {
		if l.Away > 0 {
			printf(out, "%s: %d of %d partitions are only in storage\n", l.Name, l.Away, l.Partitions)
		}
		for _, by := range l.MeasuredBy {
			printf(out, "%s: %d of %d partitions were measured by %s, %s\n", l.Name, by.Partitions, l.Partitions, by.Name, by.URL)
		}
	}
}

type datasetsIndex struct {
	Rebuild bool `help:"Read every manifest again and write the index anew. The same manifests give the same bytes."`
	JSON    bool `help:"As JSON."`
}

// Run updates the index of the manifests.
func (v *datasetsIndex) Run(ctx context.Context, env *environment) error {
	if err := env.confineToData(); err != nil {
		return err
	}
	return env.session(ctx, env.BeginCoordinating, func(ctx context.Context, s *pipeline.Session) error {
		if err := s.UpdateIndex(ctx, v.Rebuild); err != nil {
			return err
		}
		store := s.Store()
		segments := store.Index()
		return env.show(v.JSON, segments, func(w io.Writer) {
			printf(w, "segment\tpartitions\tbytes\tSHA-256\t\n")
			for _, one := range segments {
				printf(w, "%s\t%d\t%s\t%s\t\n", one.Name, one.Partitions, quantity.ShortBytes(one.Bytes), one.SHA256)
			}
		})
	})
}

type datasetsDescribe struct {
	Name string `arg:"" complete:"datasets" help:"Name of the dataset."`
	JSON bool   `help:"As JSON."`
}

// Run shows the dictionary of one dataset.
func (v *datasetsDescribe) Run(env *environment) error {
	var known []string
	for _, s := range datasets.All() {
		if s.Name == v.Name {
			d := s.Dictionary()
			return env.show(v.JSON, d, func(w io.Writer) { writeDictionary(w, d) })
		}
		known = append(known, s.Name)
	}
	return usageError{fmt.Errorf("no dataset is called %q%s", v.Name, suggest.Near(v.Name, known))}
}

func writeDictionary(w io.Writer, d table.Dictionary) {
	kind := "observed"
	if d.Derived {
		kind = "derived"
	}
	printf(w, "%s, version %d, %s; a partition is %s\n%s\n\n", d.Name, d.Version, kind, d.Partition, d.Row)
	for _, c := range d.Columns {
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
		printf(w, "  %s\t%s%s\t%s\n", c.Name, c.Type, nullable, doc)
	}
}

type datasetsVerify struct {
	Archive bool `help:"Compare the raw files of the archive with their notes too."`
}

// Run verifies all partitions, and on demand all raw files.
func (v *datasetsVerify) Run(ctx context.Context, env *environment) error {
	if v.Archive {
		if err := verifyArchive(ctx, env); err != nil {
			return err
		}
	}
	whole, found, err := env.Store().Verify(datasets.All())
	if err != nil {
		return err
	}
	for _, d := range found {
		printf(env.out, "%s\n", d.String())
	}
	printf(env.out, "%d partitions are whole, %d differences\n", whole, len(found))
	if len(found) > 0 {
		return errors.New("the datasets are not what their manifests say; remove the named files and run again")
	}
	return nil
}

func verifyArchive(ctx context.Context, env *environment) error {
	whole, wrong, err := env.VerifyArchive(ctx)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(wrong)) {
		printf(env.out, "%v\n", wrong[id])
	}
	printf(env.out, "%d raw files are whole, %d are not\n", whole, len(wrong))
	if len(wrong) > 0 {
		return errors.New("the archive is not what its notes say; run again: what is damaged is set aside, and comes from storage or its source again")
	}
	return nil
}
