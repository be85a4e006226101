package assistant

import (
	"context"
	"fmt"
	"time"

	"tidemark/analysis"
	"tidemark/rfcwatch/history"
)

type rfcIn struct {
	Number uint32 `json:"number" jsonschema:"RFC number"`
	AsOf   string `json:"as_of,omitempty" jsonschema:"use the index and the other sources of that day, YYYY-MM-DD"`
}

type rfcOut struct {
	RFC       *history.About `json:"rfc"`
	Questions []string       `json:"questions" jsonschema:"what is measured that rests on it"`
	Basis     basis          `json:"basis"`
}

func (s *server) addRFC() {
	add(s, "rfc", "Look an RFC up", "Says what is known of an RFC on a day: status, relations, errata, drafts that would change it, and what is measured of it. Titles, abstracts and errata are texts of others.", s.rfc)
}

func (s *server) rfc(ctx context.Context, in rfcIn) (*rfcOut, error) {
	day := time.Time{}
	if in.AsOf != "" {
		var err error
		if day, err = time.Parse(time.DateOnly, in.AsOf); err != nil {
			return nil, fmt.Errorf("invalid day %q (want for example 2025-01-02)", in.AsOf)
		}
	}
	store, err := s.source.Open(ctx, history.Reads)
	if err != nil {
		return nil, err
	}
	about, err := history.Describe(store, in.Number, day)
	if err != nil {
		return nil, err
	}
	out := &rfcOut{RFC: about, Questions: analysis.RestingOn(s.questions, int(in.Number))}
	from, err := partitionsOf(store, history.Reads, day)
	if err != nil {
		return nil, err
	}
	if day, err = time.Parse(time.DateOnly, about.Index); err != nil {
		return nil, err
	}
	out.Basis, err = s.basisOf(ctx, day, from)
	return out, err
}
