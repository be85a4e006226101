// Package routes turns the MRT files of RouteViews and RIPE RIS into datasets: a table dump into peers, routes and
// table_stats, a file of updates into updates.
package routes

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"tidemark/collectors"
	"tidemark/collectors/compression"
	"tidemark/collectors/mrt"
	"tidemark/datasets/table"
)

// Collector reads MRT files; its kind is mrt.
type Collector struct{}

// New makes the collector.
func New() Collector { return Collector{} }

// Kind is mrt.
func (Collector) Kind() string { return "mrt" }

// Fetch brings the files of the source's URLs.
func (Collector) Fetch(ctx context.Context, from collectors.Source, day time.Time, keep *collectors.Archive) (collectors.Fetched, error) {
	return collectors.FetchURLs(ctx, from, day, keep)
}

// Decode reads a table dump or a file of updates; which it is, the first record tells.
func (Collector) Decode(ctx context.Context, raw collectors.Raw, into *table.Commit) error {
	file, err := raw.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	inflated, err := compression.NewReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", raw.ID(), err)
	}
	defer inflated.Close()
	buffered := bufio.NewReaderSize(inflated, 64<<10)
	start, err := buffered.Peek(64)
	if len(start) == 0 {
		if err == io.EOF {
			return fmt.Errorf("%s: byte 0: the file is empty; fetch it again", raw.ID())
		}
		return fmt.Errorf("%s: byte 0: %w", raw.ID(), err)
	}
	s := &stream{Reader: mrt.NewReader(buffered, raw.ID()), into: into}
	first, err := s.next()
	if err == io.EOF {
		return fmt.Errorf("%s: byte 0: no MRT record in the file%s", raw.ID(), looksLike(start))
	}
	if err != nil {
		return err
	}
	d := dump{file: raw.ID(), collector: raw.Collector, time: time.Unix(int64(first.Seconds), 0).UTC()}
	key := raw.Key(d.time.Truncate(24 * time.Hour))
	if first.IsRIB() {
		return decodeRIB(ctx, d, key, s, first, into)
	}
	return decodeUpdates(ctx, d, key, s, first, into)
}

// dump is what every row of a file has in common.
type dump struct {
	file      string // as messages name it
	collector string
	time      time.Time
}

// stream reads records and reports damage on the way.
type stream struct {
	*mrt.Reader
	into *table.Commit
}

func (s *stream) next() (*mrt.Record, error) {
	for {
		rec, err := s.Reader.Next()
		var damage *mrt.Damage
		if !errors.As(err, &damage) {
			return rec, err
		}
		s.into.Damage(damage)
	}
}

// at places an error inside a record.
func at(rec *mrt.Record, file string, err error) error {
	return fmt.Errorf("%s: record %d, byte %d: %s: %w", file, rec.Number, rec.Offset, rec.Name(), err)
}

// looksLike shows the start of something that is no MRT file, where it is text.
func looksLike(b []byte) string {
	b = bytes.TrimSpace(b)
	for len(b) > 0 && !utf8.Valid(b) {
		b = b[:len(b)-1]
	}
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return ""
		}
	}
	if len(b) < 8 {
		return ""
	}
	return fmt.Sprintf("; it starts with %.40q, which is text", b)
}
