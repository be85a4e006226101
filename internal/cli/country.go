package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"tidemark/analysis/operator"
)

type countryVerb struct {
	Code string `arg:"" help:"Country code (ISO 3166), a registry's own (EU, AP), a registry (ripencc), or unknown."`
	viewTime
	JSON bool `help:"As JSON."`
}

// Run shows the country or registry.
func (v *countryVerb) Run(ctx context.Context, env *environment) error {
	view, err := env.view(ctx, v.At)
	if err != nil {
		return err
	}
	defer view.Close()
	for _, by := range []operator.Axis{operator.ByCountry, operator.ByRegistry} {
		regions, err := view.Regions(ctx, by)
		if err != nil {
			return err
		}
		for _, r := range regions {
			if strings.EqualFold(r.Code, v.Code) {
				return env.show(v.JSON, r, func(w io.Writer) { writeRegion(w, r) })
			}
		}
	}
	return usageError{fmt.Errorf("nothing is registered under %q (want a code of the delegation files, for example DE or ripencc)", v.Code)}
}

// writeRegion writes the figures of both families, then the largest networks.
func writeRegion(out io.Writer, r *operator.Region) {
	all, ipv6 := r.ASes()
	printf(out, "%s%s: %s in the dumps of %s, %d of them with IPv6\n", r.Code, parenthesis(r.Name), count(all, "AS", "ASes"), r.Time, ipv6)
	block(out, func(w io.Writer) {
		for _, share := range r.Shares() {
			others := []string{share.Here}
			if share.Before != "" {
				others = append(others, "a year before "+share.Before)
			}
			for i, c := range r.Context {
				others = append(others, c.Name+" "+share.Others[i])
			}
			printf(w, "%s\t%s\n", share.Name, strings.Join(others, ", "))
		}
	})
	block(out, func(w io.Writer) {
		for _, f := range []struct {
			name, unit string
			operator.RegionFamily
		}{{"IPv4", "addresses", r.IPv4}, {"IPv6", "/64s", r.IPv6}} {
			printf(w, "%s\t%s, %s, %.0f %s, %s\n", f.name, count(f.ASes, "AS", "ASes"), count(f.Prefixes, "prefix", "prefixes"), f.Span, f.unit, ranks(f.RegionFamily))
			printf(w, "%s ROV\tvalid %d, invalid %d, not-found %d, unknown %d\n", f.name, f.Valid, f.Invalid, f.NotFound, f.Unknown)
			if f.Delegated != nil {
				printf(w, "%s delegated\t%.0f %s, of which %.0f are announced\n", f.name, *f.Delegated, f.unit, f.Announced)
			}
			if f.Earlier != nil {
				printf(w, "%s before\t%s, %s, %.0f %s in the dumps of %s\n", f.name, count(f.Earlier.ASes, "AS", "ASes"), count(f.Earlier.Prefixes, "prefix", "prefixes"), f.Earlier.Span, f.unit, r.Before)
			}
		}
		if r.ASNs != nil {
			printf(w, "AS numbers\t%d delegated\n", *r.ASNs)
		}
		if r.FileDate != "" {
			printf(w, "registered\tby the delegation files of %s\n", r.FileDate)
		}
	})
	block(out, func(w io.Writer) {
		for _, a := range r.Largest {
			printf(w, "AS%d%s\t%s, %.0f addresses\t%s\n", a.ASN, parenthesis(a.Name), count(a.IPv4Prefixes, "IPv4 prefix", "IPv4 prefixes"), a.IPv4Span, count(a.IPv6Prefixes, "IPv6 prefix", "IPv6 prefixes"))
		}
	})
	block(out, func(w io.Writer) {
		for _, y := range r.Years {
			printf(w, "delegated in %d\tIPv4: %s addresses (delegations: %s)\tIPv6: %s /32s (delegations: %s)\tAS numbers: %s\tregistries: %d\n", y.Year,
				y.IPv4.Amount(), y.IPv4.Count(), y.IPv6.Amount(), y.IPv6.Count(), y.ASNs.Amount(), y.Registries)
		}
	})
	block(out, func(w io.Writer) {
		for _, u := range r.Users {
			printf(w, "%s\t%s of %s, %s\t%s, %s, a day sampled: %s\n", u.Publisher, u.Percent(), u.Whole(), u.Measure, u.Month, count(u.Days, "day", "days"), u.Sampled())
		}
	})
	printf(out, "\n%s\n", r.Standing.Words())
}

// ranks says where a region stands by space, and where it stood.
func ranks(f operator.RegionFamily) string {
	switch {
	case f.Rank == 0:
		return "without a rank"
	case f.Earlier == nil || f.Earlier.Rank == 0:
		return fmt.Sprintf("rank %d by space", f.Rank)
	}
	return fmt.Sprintf("rank %d by space, before %d", f.Rank, f.Earlier.Rank)
}
