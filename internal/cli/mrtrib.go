package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tidemark"

	"tidemark/collectors/archive"
	"tidemark/collectors/mrt/dump"
	"tidemark/collectors/routes"
	"tidemark/datasets/table"
	"tidemark/internal/compression"
)

type mrtRIBVerb struct {
	At        string `required:"" placeholder:"TIME" help:"Time of the table (UTC; RFC 3339, a day, or seconds since 1970)."`
	MRT       bool   `name:"mrt" help:"Write an MRT file (TABLE_DUMP_V2)."`
	Parquet   string `placeholder:"FILE" help:"Write rib_entries as a Parquet file."`
	Collector string `placeholder:"NAME" help:"With --parquet, the name of the route collector."`
	mrtShow
	File []string `arg:"" help:"Table dumps and update files of one collector, in any order; records after TIME are not read."`
}

// mrtFile is a file with what its first record says.
type mrtFile struct {
	name  string
	first time.Time
	isRIB bool
}

// Run builds the table and shows it.
func (v *mrtRIBVerb) Run(ctx context.Context, env *environment) error {
	options, err := v.options()
	if err != nil {
		return usageError{err}
	}
	moment, err := parseTime(v.At)
	if err != nil {
		return usageError{err}
	}
	if v.Parquet != "" && v.Collector == "" {
		return usageError{errors.New("--parquet needs --collector NAME: the route collector of the files")}
	}
	files, err := v.choose(moment)
	if err != nil {
		return err
	}
	s := dump.NewSnapshot(moment, &options.Filter)
	damaged, err := env.eachMRT(files, func(name string, in io.Reader, report func(error)) error { return s.Load(in, name, report) })
	if err != nil {
		return err
	}
	if err := v.write(ctx, env, s, options, moment); err != nil && !isBrokenPipe(err) {
		return err
	}
	return partlyIf(damaged, nil)
}

// write writes the table in the form that the flags choose.
func (v *mrtRIBVerb) write(ctx context.Context, env *environment, s *dump.Snapshot, options *dump.Options, moment time.Time) error {
	switch {
	case v.Parquet != "":
		return v.writeParquet(ctx, s, moment)
	case v.MRT && v.Output == "":
		_, err := s.WriteTo(env.stdout)
		return err
	case v.MRT:
		return v.to(env, options, func(out io.Writer) error {
			_, err := s.WriteTo(out)
			return err
		})
	}
	return v.to(env, options, func(out io.Writer) error {
		if _, err := io.WriteString(out, options.Header()); err != nil {
			return err
		}
		read, write := io.Pipe()
		go func() {
			_, err := s.WriteTo(write)
			write.CloseWithError(err)
		}()
		defer read.Close()
		return dump.Run(ctx, read, "the table", options, out, func(err error) { env.log.Error("malformed", "error", err) })
	})
}

// choose returns the table dump before the moment and the updates from then on, in order.
func (v *mrtRIBVerb) choose(moment time.Time) ([]string, error) {
	var ribs, updates []mrtFile
	for _, name := range v.File {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		is := mrtFile{name: name}
		in, err := compression.NewReader(f)
		if err == nil {
			is.first, is.isRIB, err = dump.FirstRecord(in, name)
			in.Close()
		}
		f.Close()
		if err != nil {
			return nil, err
		}
		if is.first.After(moment) {
			continue
		}
		if is.isRIB {
			ribs = append(ribs, is)
		} else {
			updates = append(updates, is)
		}
	}
	byTime := func(a, b mrtFile) int { return a.first.Compare(b.first) }
	slices.SortStableFunc(ribs, byTime)
	slices.SortStableFunc(updates, byTime)
	if len(ribs) == 0 {
		return nil, fmt.Errorf("none of the files is a table dump of %s or before; give the newest one before that time", moment.Format(time.RFC3339))
	}
	names := []string{ribs[len(ribs)-1].name}
	for _, u := range updates {
		names = append(names, u.name)
	}
	return names, nil
}

// writeParquet writes the table as the rib_entries of an MRT file of that moment.
func (v *mrtRIBVerb) writeParquet(ctx context.Context, s *dump.Snapshot, moment time.Time) error {
	dir, err := os.MkdirTemp(filepath.Dir(v.Parquet), ".tidemark-rib-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "rib."+moment.Format("20060102.1504"))
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = s.WriteTo(f)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	raw, err := archive.RawFile("mrt", v.Collector, path, time.Time{})
	if err != nil {
		return err
	}
	raw.Entries = true
	store := &table.Store{Dir: dir, Program: tidemark.Program}
	into := store.Begin(raw.Input())
	defer into.Abort()
	if err := (routes.MRT{}).Decode(ctx, raw, into); err != nil {
		return err
	}
	manifests, err := into.Commit()
	if err != nil {
		return err
	}
	for _, m := range manifests {
		if m.Dataset == "rib_entries" {
			return os.Rename(store.Path(m), v.Parquet)
		}
	}
	return fmt.Errorf("the table of %s holds no entry", moment.Format(time.RFC3339))
}
