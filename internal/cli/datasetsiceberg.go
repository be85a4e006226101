package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"tidemark/datasets"
	"tidemark/datasets/iceberg"
	"tidemark/datasets/table"
	"tidemark/pipeline"
)

type datasetsIceberg struct {
	At   string `placeholder:"URL" help:"Where readers find the data folder, for example s3://bucket/tidemark (default: in this file system)."`
	JSON bool   `help:"As JSON."`
}

// Run registers all partitions in the folder iceberg of the data folder.
func (v *datasetsIceberg) Run(ctx context.Context, env *environment) error {
	if err := env.confineToData(); err != nil {
		return err
	}
	return env.session(ctx, env.Begin, func(ctx context.Context, s *pipeline.Session) error {
		store := s.Store()
		data := filepath.Dir(store.Dir)
		at, err := v.at(data)
		if err != nil {
			return err
		}
		if err := v.reachable(store); err != nil {
			return err
		}
		warehouse := iceberg.Warehouse{Dir: filepath.Join(data, "iceberg"), URL: at + "/iceberg", Data: at + "/" + filepath.Base(store.Dir)}
		var tables []iceberg.Table
		for _, schema := range datasets.All() {
			partitions, err := store.ManifestFields(schema, "rows", "bytes", "sha256")
			if err != nil {
				return err
			}
			t, err := warehouse.Register(schema, partitions)
			if err != nil {
				return err
			}
			tables = append(tables, t)
		}
		return env.show(v.JSON, tables, func(w io.Writer) { writeTables(w, tables) })
	})
}

// reachable is an error if readers would look for partitions in this file system that are only in storage.
func (v *datasetsIceberg) reachable(store *table.Store) error {
	if v.At != "" || store.Elsewhere == nil {
		return nil
	}
	placed, err := store.Placed()
	if slices.ContainsFunc(placed, func(p table.Placed) bool { return p.Away }) {
		err = usageError{errors.New("some partitions are only in storage: say with --at where readers find the folder of datasets and that of iceberg")}
	}
	return err
}

// at returns the URL of the data folder, without a slash at its end.
func (v *datasetsIceberg) at(data string) (string, error) {
	if v.At == "" {
		absolute, err := filepath.Abs(data)
		return "file://" + filepath.ToSlash(absolute), err
	}
	at, err := url.Parse(v.At)
	if err != nil || at.Scheme == "" || at.Host == "" && at.Path == "" || at.RawQuery != "" || at.Fragment != "" {
		return "", usageError{fmt.Errorf("invalid URL %q (want for example s3://bucket/tidemark)", v.At)}
	}
	return strings.TrimRight(v.At, "/"), nil
}

func writeTables(w io.Writer, tables []iceberg.Table) {
	printf(w, "table\tfiles\trows\tmetadata\t\n")
	for _, t := range tables {
		printf(w, "%s\t%d\t%d\t%s\t\n", t.Name, t.Files, t.Rows, t.Metadata)
	}
}
