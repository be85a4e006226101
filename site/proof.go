package site

import (
	"tidemark/datasets/table"
	"tidemark/site/format"
	"tidemark/site/metadata"
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
		var read *table.Manifest // the newest one of the figure's day, or else of an earlier day
		for _, m := range c.Answer.From {
			if m.Rows > 0 && format.Day(m.Day()) <= figureDay(c.Answer, c.AnsweredFigure) && (read == nil || !m.Day().Before(read.Day())) && len(f.lineage.sources(m)) > 0 {
				read = m
			}
		}
		if read == nil {
			continue
		}
		p := &proof{figureCard: c, Files: len(f.lineage.sources(read))}
		for m := read; m != nil && len(m.Inputs) > 0 && len(p.Steps) < maxSteps; {
			p.Steps = append(p.Steps, f.proofStep(m))
			first := m.Inputs[0]
			if m = f.lineage[first.Name]; m == nil {
				p.File = source{Input: first, Link: publicURL(first.URL)}
				return p
			}
		}
	}
	return nil
}

// maxSteps bounds the way down: manifests of other installations may name each other.
const maxSteps = 8

func (f *facts) proofStep(m *table.Manifest) proofStep {
	step := proofStep{Manifest: m}
	if f.listsPartition(m) {
		step.Anchor = anchor(m)
	}
	if _, there := f.file(metadata.PartitionPath(m)); there {
		step.Path = metadata.PartitionPath(m)
	}
	return step
}
