// Package dump prints MRT files: as bgpdump does, byte for byte, as JSON lines with every attribute, as CSV, or as
// statistics. One goroutine reads records and others decode them; the output keeps the order of the file.
package dump

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"

	"tidemark/collectors/mrt"
)

// Format is how elements, that is RIB entries, announcements, withdrawals and messages, are printed.
type Format int

// The formats.
const (
	Human       Format = iota // bgpdump -H: several lines per record
	Machine                   // bgpdump -m: one line per element, times in Unix seconds
	MachineDate               // bgpdump -M: one short line per element, times as dates
	JSON                      // one object per element, with every attribute
	CSV                       // one line per element, with a header line
)

// Options say what is printed and how.
type Options struct {
	Format           Format
	Filter           Filter
	Changed          bool // RIB entries at the time of their last change (bgpdump -t change)
	PacketIndex      bool // the number of the record, from 0, among those that bgpdump counts (bgpdump -p)
	LargeCommunities bool // a field for large communities behind the communities (bgpdump -l)
	Unassigned       bool // a field for attributes without a name at the end (bgpdump -u)
}

// printer appends the text of records. It is used by one goroutine at a time.
type printer interface {
	// entry appends a RIB entry. It fails if the entry's attributes cannot be decoded.
	entry(to []byte, r *ribEntry) ([]byte, error)
	// message appends a BGP4MP or BGP record.
	message(to []byte, m *message) []byte
	// other appends a record that holds no route: a peer table, or, with a note, one that is not decoded.
	other(to []byte, rec *mrt.Record, note string) []byte
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

// Header returns the text that precedes the first file.
func (o *Options) Header() string {
	if o.Format == CSV {
		return csvHeader
	}
	return ""
}

// job is a batch on its way from the reader through a worker to the output.
type job struct {
	batch  mrt.Batch
	rib    *mrt.RIB // the peers in force before the batch
	before packets  // the records before the batch
	out    []byte
	done   chan error
	wrong  []error
}

// Run prints the decompressed MRT file in to out; errors name it file. Damage and malformed records are passed to report,
// in their order, and do not end the run. It returns ErrNoRecords if there is nothing in the file.
func Run(ctx context.Context, in io.Reader, file string, options *Options, out io.Writer, report func(error)) error {
	workers := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	todo, order := make(chan *job), make(chan *job, workers)
	free := make(chan *job, 2*workers+2)
	for range cap(free) {
		free <- &job{done: make(chan error, 1)}
	}
	has := contents{file: file}
	group.Go(func() error {
		defer close(todo)
		defer close(order)
		return feed(ctx, mrt.NewReader(in, file), &has, options, free, todo, order)
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
			if err := j.write(out, report); err != nil {
				return err
			}
			free <- j
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return has.verdict(report)
}

// feed reads batches and sends each to the workers and to the writer, which needs them in their order.
func feed(ctx context.Context, reader *mrt.Reader, has *contents, options *Options, free <-chan *job, todo, order chan<- *job) error {
	rib := mrt.NewRIB()
	var read packets
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
		has.batch(&j.batch)
		j.before = read
		if options.PacketIndex {
			read.countAll(j.batch.Records)
		}
		j.rib = rib
		rib = rib.After(j.batch.Records)
		for _, to := range []chan<- *job{todo, order} {
			if err := send(ctx, to, j); err != nil {
				return err
			}
		}
	}
}

// send sends a job unless ctx ends.
func send(ctx context.Context, to chan<- *job, j *job) error {
	select {
	case to <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write writes the text of a batch and passes on what was wrong in it.
func (j *job) write(out io.Writer, report func(error)) error {
	for _, err := range j.wrong {
		report(err)
	}
	if j.batch.Damage != nil {
		report(j.batch.Damage)
	}
	_, err := out.Write(j.out)
	return err
}

// recordError adds the place of a record to an error.
func recordError(rec *mrt.Record, file string, err error) error {
	return fmt.Errorf("%s: record %d, byte %d: %s: %w", file, rec.Number, rec.Offset, rec.Name(), err)
}
