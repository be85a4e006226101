package pipeline

import (
	"context"
	"sync"
	"time"

	"tidemark/collectors/archive"
)

// ClearReport is what Clear did.
type ClearReport struct {
	Files int       // raw files whose bytes were cleared away
	Next  time.Time // when there is more to clear, if nothing changes; zero: never
}

// Clear removes the raw bytes that retention does not keep, of files that are wholly decoded and, if the archive has a copy,
// lie in it. Only a session of BeginMirrored knows what lies there.
func (s *Session) Clear(ctx context.Context) (ClearReport, error) {
	r, err := s.clear(ctx)
	return r, s.step(nil, err)
}

func (s *Session) clear(ctx context.Context) (report ClearReport, err error) {
	decoded := sync.OnceValues(s.decoded) // most runs find nothing that is old enough
	needed := func(raw archive.Raw) bool {
		made, err := decoded()
		return err != nil || !upToDate(raw, made[raw.ID()]) || s.options.Storage.Archive != "" && !s.copies.stored(raw)
	}
	var expired []archive.Raw
	for _, rule := range s.options.Retention {
		files, next, err := s.files.Expired(rule, s.now(), needed)
		if err != nil {
			return report, err
		}
		expired = append(expired, files...)
		if report.Next.IsZero() || !next.IsZero() && next.Before(report.Next) {
			report.Next = next
		}
	}
	if len(expired) > 0 {
		if _, err := decoded(); err != nil {
			return report, err
		}
	}
	for _, raw := range expired {
		if ctx.Err() != nil {
			return report, ctx.Err()
		}
		if err := s.files.Clear(raw); err != nil {
			return report, err
		}
		report.Files++
	}
	if report.Files > 0 {
		s.log.Info("raw files were cleared away; their notes stay", "files", report.Files)
	}
	return report, nil
}
