package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"tidemark"

	"tidemark/collectors/archive"
	"tidemark/collectors/mrt/dump"
	"tidemark/collectors/routes"
	"tidemark/datasets/table"
)

type mrtRIBVerb struct {
	At        string `required:"" placeholder:"TIME" help:"Time of the table (UTC; RFC 3339, a day, or seconds since 1970)."`
	MRT       bool   `name:"mrt" help:"Write an MRT file (TABLE_DUMP_V2)."`
	Parquet   string `placeholder:"FILE" help:"Write rib_entries as a Parquet file."`
	Collector string `placeholder:"NAME" help:"With --parquet, the name of the route collector."`
	mrtShow
	File []string `arg:"" help:"Table dumps and update files, in any order; records after TIME are not used. - is standard input."`
}

// Run builds the table and shows it.
func (v *mrtRIBVerb) Run(ctx context.Context, env *environment) error {
	options, err := v.options()
	if err != nil {
		return usageError{err}
	}
	moment, err := parseTime(v.At)
	if err == nil && (moment.Unix() < 0 || moment.Unix() > math.MaxUint32) {
		err = fmt.Errorf("--at %s: the times of MRT are those from 1970-01-01 to 2106-02-07", v.At)
	}
	if err == nil && v.Parquet != "" && v.Collector == "" {
		err = errors.New("--parquet needs --collector NAME: the route collector of the files")
	}
	if err != nil {
		return usageError{err}
	}
	return promptly(ctx, func() error {
		files := env.mrtFiles()
		s := dump.NewSnapshot(moment, &options.Filter)
		if err := v.load(ctx, files, s); err != nil {
			return err
		}
		if err := v.write(ctx, env, s, options, moment); err != nil && !isBrokenPipe(err) {
			return err
		}
		return files.verdict(nil)
	})
}

// load applies the files to the table.
func (v *mrtRIBVerb) load(ctx context.Context, files *mrtFiles, s *dump.Snapshot) error {
	tables, updates, err := files.preview(v.File, s.At)
	defer func() {
		for _, p := range append(tables, updates...) {
			p.close()
		}
	}()
	if err != nil {
		return err
	}
	if len(tables) == 0 {
		return fmt.Errorf("none of the files is a table dump of %s or before; give the newest one before that time", s.At.Format(time.RFC3339))
	}
	for _, p := range tables {
		err := files.again(p, func(in io.Reader) error { return s.LoadTables(ctx, in, p.name, files.report) })
		if err != nil {
			return err
		}
	}
	for _, p := range updates {
		err := files.again(p, func(in io.Reader) error { return s.LoadUpdates(ctx, in, p.name, files.report) })
		if err != nil {
			return err
		}
	}
	s.Finish(files.report)
	return nil
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
		if _, err := io.WriteString(out, options.Header()); err != nil || s.Peers() == 0 {
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
			return os.Rename(store.Path(m).String(), v.Parquet)
		}
	}
	return fmt.Errorf("the table of %s holds no entry", moment.Format(time.RFC3339))
}
