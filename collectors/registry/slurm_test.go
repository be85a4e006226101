package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tidemark/collectors/registry"
	"tidemark/datasets"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
)

// TestSLURM reads real samples.
func TestSLURM(t *testing.T) {
	for name, want := range map[string][]string{
		"rpki/stayrtr-slurm.json": {"filter any 192.0.2.0/24-0", "filter 64496 -0", "filter 64497 198.51.100.0/24-0", "assert 64496 198.51.100.0/24-24", "assert 64496 2001:db8::/32-48"},
		"rpki/slurm/rpki-rs-full_v2.json": {"filter aspa 64496", "filter any 192.0.2.0/24-0", "filter 64496 -0", "filter 64497 198.51.100.0/24-0",
			"assert aspa 64496 64497", "assert aspa 64496 64498", "assert 64496 198.51.100.0/24-24", "assert 64496 2001:db8::/32-48"},
		"rpki/slurm/routinator-001.slurm2.json": {"assert aspa 1234 1", "assert aspa 1234 2", "assert aspa 1234 3", "assert aspa 1234 4",
			"assert aspa 1234 1", "assert aspa 1234 2", "assert aspa 1234 3", "assert aspa 1234 4"},
		"rpki/gortr-test.slurm.json": {"filter 65000 10.0.0.0/24-0", "assert 65002 10.2.0.0/25-26"},
	} {
		store, m, err := decode(t, registry.SLURM{}, testkit.Data(t, name), day)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range tables.Rows(t, store, datasets.LocalExceptions, m) {
			asn := "any"
			if r.ASN != nil {
				asn = fmt.Sprint(*r.ASN)
			}
			if r.Object == "aspa" {
				text := fmt.Sprintf("%s aspa %d", r.Action, *r.ASN)
				if r.Provider != nil {
					text += fmt.Sprintf(" %d", *r.Provider)
				}
				got = append(got, text)
				continue
			}
			got = append(got, fmt.Sprintf("%s %s %s-%d", r.Action, asn, r.Prefix, r.MaxLength))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestSLURMMistakes decodes files with one mistake each: they are refused as a whole.
func TestSLURMMistakes(t *testing.T) {
	for content, want := range map[string]string{
		`{}`:                 "slurmVersion is 0",
		`[`:                  "invalid SLURM file",
		`{"slurmVersion":1}`: "",
		`{"slurmVersion":2,"validationOutputFilters":{"aspaFilters":[{"comment":"all"}]}}`:                                                   "aspaFilters: number 1: customerAsn is missing",
		`{"slurmVersion":2,"locallyAddedAssertions":{"aspaAssertions":[{"customerAsn":1}]}}`:                                                 "providerAsns is missing",
		`{"slurmVersion":2,"locallyAddedAssertions":{"aspaAssertions":[{"customerAsn":1,"providerAsns":[-1]}]}}`:                             "invalid SLURM file",
		`{"slurmVersion":1,"validationOutputFilters":{"prefixFilters":[{"comment":"all"}]}}`:                                                 "prefixFilters: number 1: prefix is missing",
		`{"slurmVersion":1,"locallyAddedAssertions":{"prefixAssertions":[{"asn":1}]}}`:                                                       "prefixAssertions: number 1: prefix is missing",
		`{"slurmVersion":1,"locallyAddedAssertions":{"prefixAssertions":[{"prefix":"192.0.2.0/24"}]}}`:                                       "asn is missing",
		`{"slurmVersion":1,"locallyAddedAssertions":{"prefixAssertions":[{"asn":1,"prefix":"192.0.2.1/24"}]}}`:                               "want 192.0.2.0/24",
		`{"slurmVersion":1,"locallyAddedAssertions":{"prefixAssertions":[{"asn":1,"prefix":"192.0.2.0/24","maxPrefixLength":33}]}}`:          "maxPrefixLength 33 does not fit",
		`{"slurmVersion":1,"locallyAddedAssertions":{"prefixAssertions":[{"asn":4294967296,"prefix":"192.0.2.0/24","maxPrefixLength":24}]}}`: "invalid SLURM file",
	} {
		_, _, err := decode(t, registry.SLURM{}, text(t, "slurm.json", content), day)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", content, err)
		case want != "" && err == nil:
			t.Errorf("%s is accepted, want an error about %q", content, want)
		case want != "" && !strings.Contains(err.Error(), want):
			t.Errorf("%s: %v, want %q", content, err, want)
		}
	}
}
