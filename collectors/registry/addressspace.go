package registry

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// AddressSpace reads IANA's registries of IPv4 address space and of IPv6 global unicast assignments, as CSV or XML.
type AddressSpace struct{ collectors.URLs }

// Name returns address-space.
func (AddressSpace) Name() string { return "address-space" }

// Form is IANA's.
func (AddressSpace) Form() collectors.Form { return ianaForm("Prefix") }

// Decode reads a registry. The XML form states its day; the CSV form needs a day from the source or in its name.
func (AddressSpace) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	return decodeIANA(raw, into, datasets.AddressBlocks, "Prefix", "block", addressBlock, func(row *datasets.AddressBlock, day time.Time) { row.RegistryDate = day })
}

// addressBlock returns the row of a record.
func addressBlock(r record) (row datasets.AddressBlock, err error) {
	prefix, err := parsePrefix(r.get("prefix"))
	if err != nil {
		return row, err
	}
	row = datasets.AddressBlock{
		Registry: "iana-ipv4-space", Family: 4, Prefix: prefix.String(), PrefixLength: uint32(prefix.Bits()),
		Designation: r.get("designation", "description"), Allocated: r.get("date"), Status: strings.ToLower(r.get("status")), Note: r.get("note", "notes"),
	}
	if prefix.Addr().Is6() {
		row.Registry, row.Family = "iana-ipv6-unicast", 6
	}
	switch row.Status {
	case "allocated", "legacy", "reserved", "unallocated":
		return row, nil
	}
	return row, fmt.Errorf("status %q of %s", row.Status, prefix)
}

// parsePrefix parses a prefix, also as the IPv4 registry writes it: 001/8.
func parsePrefix(text string) (netip.Prefix, error) {
	if octet, length, ok := strings.Cut(text, "/"); ok && length == "8" && !strings.ContainsAny(octet, ".:") {
		n, err := strconv.ParseUint(octet, 10, 8)
		if err != nil {
			return netip.Prefix{}, fmt.Errorf("prefix %q", text)
		}
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(n)}), 8), nil
	}
	p, err := netip.ParsePrefix(footnote.ReplaceAllString(text, ""))
	return p.Masked(), err
}
