package cli

import (
	"bytes"
	"io"
	"slices"
	"time"

	"tidemark/collectors/mrt/dump"
)

// mrtPreview is a file of which the beginning was read. A regular file is closed again, so that any number of them can be
// given; a pipe, which gives its bytes only once, stays open.
type mrtPreview struct {
	name string
	dump.Preview
	pipe  *mrtFile
	start *bytes.Buffer // what was read of the pipe
}

// preview reads the beginning of files and returns those with table dumps and those with updates, both in the order of their
// times, without those that begin after until. Files that cannot be read, or are empty, are logged.
func (f *mrtFiles) preview(names []string, until time.Time) (tables, updates []*mrtPreview, err error) {
	for _, name := range names {
		p, err := f.previewOne(name)
		if err != nil {
			return tables, updates, err
		}
		switch {
		case p == nil:
		case p.First.After(until):
			p.close()
		case p.HasDump:
			tables = append(tables, p)
		default:
			updates = append(updates, p)
		}
	}
	byTime := func(a, b *mrtPreview) int { return a.First.Compare(b.First) }
	slices.SortStableFunc(tables, byTime)
	slices.SortStableFunc(updates, byTime)
	return tables, updates, nil
}

// previewOne returns nil for a file that was logged.
func (f *mrtFiles) previewOne(name string) (p *mrtPreview, err error) {
	in, err := f.open(name)
	if err != nil {
		return nil, f.judge(name, nil, err)
	}
	p = &mrtPreview{name: name, start: new(bytes.Buffer)}
	p.Preview, err = dump.Look(io.TeeReader(in, p.start), name)
	if err != nil {
		defer in.Close()
		return nil, f.judge(name, in, err)
	}
	if in.counted != nil {
		p.pipe = in
	} else {
		p.start = nil
		in.Close()
	}
	return p, nil
}

// again hands over the content of a file from its beginning. It returns an error that ends the verb.
func (f *mrtFiles) again(p *mrtPreview, use func(in io.Reader) error) error {
	if p.pipe == nil {
		return f.use(p.name, func(_ string, in io.Reader) error { return use(in) })
	}
	return f.judge(p.name, p.pipe, use(io.MultiReader(p.start, p.pipe)))
}

func (p *mrtPreview) close() {
	if p.pipe != nil {
		p.pipe.Close()
	}
}
