package pipeline

import (
	"context"
	"fmt"
	"strings"

	"tidemark/datasets/seed"
	"tidemark/datasets/table"
)

// Unseed removes the partitions that another installation measured, and returns which one that is and how many they are. It is named by the
// address of its site, or by what the names of its vantages end with here. What was derived here stays until Analyse, which makes it
// anew from what is left.
func (s *Session) Unseed(ctx context.Context, publisher string, dryRun bool) (table.Measurer, error) {
	of, err := s.unseed(ctx, publisher, dryRun)
	return of, s.step(nil, err)
}

func (s *Session) unseed(ctx context.Context, publisher string, dryRun bool) (of table.Measurer, err error) {
	all, err := s.adopted()
	if err != nil {
		return of, err
	}
	if of, err = measurerNamed(table.Measurers(all), publisher); err != nil || dryRun {
		return of, err
	}
	for _, m := range all {
		if ctx.Err() != nil {
			return of, context.Cause(ctx)
		}
		if m.MeasuredBy.URL != of.URL {
			continue
		}
		if err := s.store.Remove(m); err != nil {
			return of, err
		}
	}
	return of, s.store.Prune()
}

// measurerNamed returns the one that has the name or the address.
func measurerNamed(all []table.Measurer, name string) (of table.Measurer, err error) {
	address, noAddress := seed.Address(name)
	var found []table.Measurer
	var known []string
	for _, m := range all {
		if m.Known == name || noAddress == nil && m.URL == address {
			found = append(found, m)
		}
		known = append(known, fmt.Sprintf("%s (%s)", m.URL, m.Known))
	}
	switch {
	case len(all) == 0:
		return of, fmt.Errorf("nothing here was measured by %q, or by any other installation", name)
	case len(found) == 0:
		return of, fmt.Errorf("nothing here was measured by %q (want one of %s)", name, strings.Join(known, ", "))
	case len(found) > 1:
		return of, fmt.Errorf("%d installations are known as %q; give the address of one: %s", len(found), name, strings.Join(known, ", "))
	}
	return found[0], nil
}
