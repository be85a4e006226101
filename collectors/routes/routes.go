// Package routes turns the MRT files of RouteViews and RIPE RIS into datasets: a table dump into peers, routes,
// table_stats and, if the source asks for it, rib_entries; a file of updates into updates. Tables of prefixes and origins that
// others made from dumps become routes and table_stats.
package routes

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
	"unicode/utf8"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/bmp"
	"tidemark/collectors/mrt"
	"tidemark/collectors/showbgp"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/compression"
)

// MRT is the kind of MRT files: table dumps and updates.
type MRT struct{ collectors.URLs }

// Name returns mrt.
func (MRT) Name() string { return "mrt" }

// Form is the header of a record, whose type behind the four bytes of the time is below 256, BMP, a packet capture or the text of show ip bgp. The largest files, table dumps of
// collectors with a hundred full feeds, have half a gigabyte.
func (MRT) Form() collectors.Form {
	return collectors.Form{Bytes: 8 << 30, Inflated: 64 << 30, Like: "the header of an MRT record, BMP, a packet capture or the text of show ip bgp",
		Begins: func(start []byte) bool {
			return len(start) > 4 && start[4] == 0 || bmp.Is(start) || bmp.IsCapture(start) || showbgp.Is(start)
		}}
}

// Settings returns an empty Settings.
func (MRT) Settings() collectors.Settings { return new(Settings) }

// Cadence is daily for dumps found in an archive.
func (k MRT) Cadence(from collectors.Source) collectors.Cadence {
	if settingsOf(from).Archive != "" {
		return collectors.Daily()
	}
	return k.URLs.Cadence(from)
}

// Decode reads a table dump or a file of updates, as its first record says.
//
// A corrupt compressed stream yields garbage, some of which looks like routes, until a checksum fails. If the stream turns out
// to be corrupt, everything after the first damaged place is therefore left out.
func (MRT) Decode(ctx context.Context, raw archive.Raw, into *table.Commit) error {
	s, err := decode(ctx, raw, into, math.MaxInt64)
	if err != nil || s.corrupt == nil || s.first < 0 {
		return err
	}
	into.Reset()
	if _, err := decode(ctx, raw, into, s.first); err != nil {
		return err
	}
	into.Damage(s.shown)
	into.Damage(fmt.Errorf("%w; everything after byte %d, the first damaged place, is left out", s.corrupt, s.first))
	return nil
}

// decode reads at most limit bytes of the decompressed stream, or of what BMP and captures are translated to.
func decode(ctx context.Context, raw archive.Raw, into *table.Commit, limit int64) (*stream, error) {
	content, err := raw.Open()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	translated, err := asMRT(raw, content, func(err error) {
		var note bmp.Note
		if !errors.As(err, &note) {
			into.Damage(err)
		}
	})
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(io.LimitReader(translated, limit), 64<<10)
	start, err := buffered.Peek(64)
	if len(start) == 0 {
		if day, quiet := quietInterval(raw); quiet && err == io.EOF {
			if _, err := datasets.Updates.Create(into, raw.Key(day)); err != nil {
				return nil, err
			}
			_, err := newUpdateErrors(into, raw.Key(day))
			return &stream{first: -1}, err
		}
		if err == io.EOF {
			return nil, fmt.Errorf("%s: byte 0: the file is empty; fetch it again", raw.ID())
		}
		return nil, fmt.Errorf("%s: byte 0: %w", raw.ID(), err)
	}
	s := &stream{Reader: mrt.NewReader(buffered, raw.ID()), into: into, first: -1}
	first, err := s.next()
	if err == io.EOF {
		return nil, fmt.Errorf("%s: byte 0: no MRT record in the file%s", raw.ID(), looksLike(start))
	}
	if err != nil {
		return nil, err
	}
	d := dump{file: raw.ID(), collector: raw.Collector, time: time.Unix(int64(first.Seconds), 0).UTC(), entries: raw.Entries, source: "rib"}
	key := raw.Key(d.time.Truncate(24 * time.Hour))
	if first.IsRIB() {
		return s, decodeRIB(ctx, d, key, s, first, into)
	}
	return s, decodeUpdates(ctx, d, key, s, first, into)
}

// asMRT returns the content of a raw file as MRT records. BMP, captures and tables in text are translated; what cannot be is passed
// to report.
func asMRT(raw archive.Raw, content io.Reader, report func(error)) (io.Reader, error) {
	in := bufio.NewReaderSize(content, 64<<10)
	if start, _ := in.Peek(512); !showbgp.Is(start) {
		translated, err := bmp.Content(in, raw.ID(), report)
		if err != nil {
			return nil, fmt.Errorf("%s: byte 0: %w", raw.ID(), err)
		}
		return translated, nil
	}
	day, err := raw.DayOf(time.Time{})
	if err != nil {
		return nil, err
	}
	return showbgp.NewReader(in, raw.ID(), showbgp.TimeOf(raw.Name, day), report), nil
}

// dump has what all rows of a file have in common.
type dump struct {
	file      string // as error messages name it
	collector string
	time      time.Time
	entries   bool   // also write rib_entries
	source    string // what the table was read from, as in table_stats
}

// stream reads records and reports damage.
type stream struct {
	*mrt.Reader
	into    *table.Commit
	first   int64 // offset of the first damaged place; -1: none
	shown   error // what was found there
	corrupt error // the decompressor's error for a corrupt stream; nil if the stream is complete or only truncated
}

// damage reports a damaged place.
func (s *stream) damage(offset int64, err error) {
	if s.first < 0 {
		s.first, s.shown = offset, err
	}
	s.into.Damage(err)
}

func (s *stream) next() (*mrt.Record, error) {
	for {
		rec, err := s.Reader.Next()
		var damage *mrt.Damage
		if !errors.As(err, &damage) {
			return rec, err
		}
		var bomb *compression.Bomb
		if errors.As(damage.Err, &bomb) {
			return nil, damage
		}
		var gap *compression.Gap
		if damage.Length == 0 && !errors.Is(damage.Err, io.ErrUnexpectedEOF) && !errors.As(damage.Err, &gap) {
			s.corrupt = damage
			s.into.Damage(damage)
			continue
		}
		s.damage(damage.Offset, damage)
	}
}

// inRecord adds to an error the record that it is in.
func inRecord(rec *mrt.Record, file string, err error) error {
	return fmt.Errorf("%s: record %d, byte %d: %s: %w", file, rec.Number, rec.Offset, rec.Name(), err)
}

// looksLike returns the start of a file that is not MRT if it is text, to complete an error message.
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
