package pipeline

import (
	"context"
	"io"

	"tidemark/collectors"
	"tidemark/collectors/archive"
)

// ImportReport is what Import did.
type ImportReport struct {
	Report
	Added   int // files that the archive did not have
	Decoded int
}

// Import adds local files to the archive and decodes them. like says what they are: kind, collector, day and entries.
func (s *Session) Import(ctx context.Context, like archive.Raw, files ...string) (ImportReport, error) {
	r, err := s.importFiles(ctx, like, files)
	return r, s.step(r.Problems, err)
}

func (s *Session) importFiles(ctx context.Context, like archive.Raw, files []string) (report ImportReport, err error) {
	kind, err := s.Kind(like.Kind)
	if err != nil {
		return report, err
	}
	max := collectors.FormOf(kind).Bytes
	for _, file := range files {
		added, err := s.files.AddFile(ctx, file, like, max)
		if ctx.Err() != nil {
			return report, ctx.Err()
		} else if err != nil {
			report.Problems = append(report.Problems, s.problem("importing", file, err))
		} else if added {
			report.Added++
		}
	}
	decoded, err := s.decode(ctx)
	report.Decoded = decoded.Files
	report.Problems = append(report.Problems, decoded.Problems...)
	return report, err
}

// Add adds the bytes of one file to the archive and decodes them.
func (s *Session) Add(ctx context.Context, raw archive.Raw, content io.Reader) (DecodeReport, error) {
	if _, _, err := s.files.Add(raw, content); err != nil {
		return DecodeReport{}, s.step(nil, err)
	}
	return s.Decode(ctx)
}
