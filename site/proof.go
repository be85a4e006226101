package site

import (
	"slices"
	"strings"

	"tidemark/datasets/table"
	"tidemark/site/format"
)

// proof follows a figure down to a file that it was computed from.
type proof struct {
	figureCard
	Steps []proofStep // partitions: first one that the query read, then what that was made from
	File  source
	Files int // below the first partition
}

// proofStep is a partition on the way down.
type proofStep struct {
	*table.Manifest
	Anchor string // on the page of its dataset; empty: not listed there
	Path   string // of the file in the site; empty: it is not published
}

// proofOf returns the proof of the first figure that has one; nil: none has.
func (f *facts) proofOf(cards []figureCard) *proof {
	for _, c := range cards {
		read := f.readFor(c)
		if read == nil {
			continue
		}
		p := &proof{figureCard: c, Files: len(f.lineage.sources(read))}
		for m := read; m != nil && len(m.Inputs) > 0 && len(p.Steps) < maxSteps; {
			p.Steps = append(p.Steps, f.proofStep(m))
			first := m.Inputs[0]
			if m = f.lineage.made[first.Name]; m == nil {
				p.File = source{Input: first, Link: publicURL(first.URL)}
				return p
			}
		}
	}
	return nil
}

// readFor returns the partition that shows best what a figure was computed from: the newest one that is not of a later day, of several that of
// the figure's own source; nil: none was made from files.
func (f *facts) readFor(c figureCard) (read *table.Manifest) {
	own := func(m *table.Manifest) bool {
		return slices.ContainsFunc(c.Source, func(source string) bool { return strings.HasPrefix(m.Name(), source+".") })
	}
	day := figureDay(c.Answer, c.AnsweredFigure)
	for _, m := range c.Answer.From {
		if m.Rows == 0 || format.Day(m.Day()) > day || len(f.lineage.sources(m)) == 0 {
			continue
		}
		if read == nil || m.Day().After(read.Day()) || m.Day().Equal(read.Day()) && own(m) && !own(read) {
			read = m
		}
	}
	return read
}

// maxSteps bounds the way down: manifests of other installations may name each other.
const maxSteps = 8

func (f *facts) proofStep(m *table.Manifest) proofStep {
	step := proofStep{Manifest: m, Path: f.partitionFile(m)}
	if f.listsPartition(m) {
		step.Anchor = anchor(m)
	}
	return step
}
