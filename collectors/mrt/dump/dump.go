// Package dump shows MRT files: as the text of bgpdump, byte for byte, as JSON lines with every attribute, as CSV, or as
// statistics. Records are read in one goroutine and decoded in others; the output keeps their order.
package dump

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"

	"tidemark/collectors/mrt"
)

// Format is how elements are shown.
type Format int

// The formats.
const (
	Human       Format = iota // bgpdump -H: several lines a record
	Machine                   // bgpdump -m: one line an element, times in seconds
	MachineDate               // bgpdump -M: one short line an element, times to read
	JSON                      // one object an element, with every attribute
	CSV                       // one line an element, with a header line
)

// Options say what is shown and how.
type Options struct {
	Format           Format
	Filter           Filter
	Changed          bool // RIB entries at the time of their last change (bgpdump -t change)
	PacketIndex      bool // the record's number from 0 in the second field (bgpdump -p)
	LargeCommunities bool // a field for them behind the communities (bgpdump -l)
	Unassigned       bool // a field for attributes without a name at the end (bgpdump -u)
}

// printer writes what one record says. It is used by one goroutine at a time.
type printer interface {
	// entry is called for each RIB entry of a record. An error is of its attributes.
	entry(to []byte, r *ribEntry) ([]byte, error)
	// message is called for each BGP4MP or BGP record.
	message(to []byte, m *message) []byte
	// other is called for a record that the format may show although no route stands in it.
	other(to []byte, rec *mrt.Record, what string) []byte
}

func (o *Options) printer() printer {
	switch o.Format {
	case Machine, MachineDate:
		return newMachine(o)
	case JSON:
		return &jsonLines{}
	case CSV:
		return &csvLines{}
	}
	return &human{}
}

// Header is what stands before the first file.
func (o *Options) Header() string {
	if o.Format == CSV {
		return csvHeader
	}
	return ""
}

// job is a batch on its way: read, shown, written.
type job struct {
	batch mrt.Batch
	rib   *mrt.RIB // the peers in force before the batch
	out   []byte
	done  chan error
	wrong []error
}

// Run shows the decompressed MRT file in, which file names in errors, on out. Damage and malformed records are
// reported, in their order, and do not end it.
func Run(ctx context.Context, in io.Reader, file string, options *Options, out io.Writer, report func(error)) error {
	workers := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	todo, order := make(chan *job), make(chan *job, workers)
	free := make(chan *job, 2*workers+2)
	for range cap(free) {
		free <- &job{done: make(chan error, 1)}
	}
	group.Go(func() error {
		defer close(todo)
		defer close(order)
		reader, rib := mrt.NewReader(in, file), mrt.NewRIB()
		for {
			var j *job
			select {
			case j = <-free:
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := reader.ReadBatch(&j.batch); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
			j.rib = rib
			rib = rib.After(j.batch.Records)
			select {
			case todo <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case order <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	for range workers {
		group.Go(func() error {
			w := newWorker(file, options)
			for j := range todo {
				w.show(j)
				j.done <- nil
			}
			return nil
		})
	}
	group.Go(func() error {
		for j := range order {
			<-j.done
			for _, err := range j.wrong {
				report(err)
			}
			if j.batch.Damage != nil {
				report(j.batch.Damage)
			}
			if _, err := out.Write(j.out); err != nil {
				return err
			}
			free <- j
		}
		return nil
	})
	return group.Wait()
}

// at places an error inside a record.
func at(rec *mrt.Record, file string, err error) error {
	return fmt.Errorf("%s: record %d, byte %d: %s: %w", file, rec.Number, rec.Offset, rec.Name(), err)
}
