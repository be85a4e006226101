package assistant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tidemark/analysis/operator"
	"tidemark/datasets/table"
)

type prefixIn struct {
	Prefix string `json:"prefix" jsonschema:"a prefix or an address, such as 193.0.0.0/21 or 2001:db8::1"`
	Origin uint32 `json:"origin,omitempty" jsonschema:"AS that should originate it; the checks then name what is missing"`
	At     string `json:"at,omitempty" jsonschema:"use the newest dumps at or before that day (YYYY-MM-DD) or time (RFC 3339)"`
}

type prefixOut struct {
	Prefix *operator.Prefix `json:"prefix"`
	Basis  basis            `json:"basis"`
}

type asIn struct {
	ASN   uint32 `json:"asn" jsonschema:"AS number"`
	At    string `json:"at,omitempty" jsonschema:"use the newest dumps at or before that day (YYYY-MM-DD) or time (RFC 3339)"`
	Limit int    `json:"limit,omitempty" jsonschema:"how many routes are given at most: 100 unless it is set, up to 2000"`
}

type asOut struct {
	AS    *operator.AS `json:"as"`
	Left  int          `json:"routes_left" jsonschema:"routes of the AS that are not given"`
	Basis basis        `json:"basis"`
}

const (
	defaultRoutes = 100
	maxRoutes     = 2000
)

func (s *server) addOperator() {
	add(s, "prefix", "Look a prefix up", "Says what the dumps show of a prefix or address: origins, verdict, who sees it, ROV, IRR, registry, history, events, and a checklist.", s.prefix)
	add(s, "as", "Look an AS up", "Says what the dumps show of an AS: its routes with their verdicts and ROV states, neighbours, customer cone, hegemony, ASPA, history and events.", s.as)
}

func (s *server) prefix(ctx context.Context, in prefixIn) (*prefixOut, error) {
	p, err := operator.ParsePrefix(in.Prefix)
	if err != nil {
		return nil, err
	}
	out := &prefixOut{}
	out.Basis, err = s.view(ctx, in.At, func(v *operator.View) (err error) {
		out.Prefix, err = v.Prefix(ctx, p, in.Origin)
		return err
	})
	return out, err
}

func (s *server) as(ctx context.Context, in asIn) (*asOut, error) {
	switch {
	case in.Limit < 0 || in.Limit > maxRoutes:
		return nil, fmt.Errorf("limit is %d (want 1 to %d)", in.Limit, maxRoutes)
	case in.Limit == 0:
		in.Limit = defaultRoutes
	}
	out := &asOut{}
	var err error
	out.Basis, err = s.view(ctx, in.At, func(v *operator.View) (err error) {
		if out.AS, err = v.AS(ctx, in.ASN); err != nil {
			return err
		}
		given := min(len(out.AS.Routes), in.Limit)
		out.Left, out.AS.Routes = len(out.AS.Routes)-given, out.AS.Routes[:given]
		return nil
	})
	return out, err
}

// view opens what the dumps show at a time, and returns the basis of what f reads of it.
func (s *server) view(ctx context.Context, at string, f func(*operator.View) error) (b basis, err error) {
	moment, err := parseTime(at)
	if err != nil {
		return b, err
	}
	store, err := s.source.Open(ctx, operator.Reads)
	if err != nil {
		return b, err
	}
	v, err := operator.Open(ctx, store, moment)
	if errors.Is(err, operator.ErrNoStates) {
		return b, fmt.Errorf("%s: %w", s.source, err)
	}
	if err != nil {
		return b, err
	}
	defer v.Close()
	if err := f(v); err != nil {
		return b, err
	}
	from, err := partitionsOf(store, operator.Reads, v.Time)
	if err != nil {
		return b, err
	}
	return s.basisOf(ctx, v.Time, slices.DeleteFunc(from, func(m *table.Manifest) bool { return m.Rows == 0 }))
}

// parseTime parses a day or a time; an empty text is the zero time.
func parseTime(text string) (t time.Time, err error) {
	if text == "" {
		return t, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err = time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return t, fmt.Errorf("invalid time %q (want for example 2025-01-02 or 2025-01-02T08:00:00Z)", text)
}
