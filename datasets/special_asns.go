package datasets

import "time"

// ASNRange is a range of AS numbers that no public route should have.
type ASNRange struct {
	First, Last uint32
	Class       string // reserved-asn, private-asn or documentation-asn
	What        string // the use, with the document that says so
	Since       time.Time
}

// SpecialASNs are the ranges that documents of the IETF reserve, each from the month of its document. Numbers that IANA has
// not assigned yet are found in its registry of the day.
var SpecialASNs = []ASNRange{
	{asTrans, asTrans, "reserved-asn", "AS_TRANS [RFC6793]", month(2007, 5)},
	{64496, 64511, "documentation-asn", "documentation [RFC5398]", month(2008, 12)},
	{64512, 65534, "private-asn", "private use [RFC6996]", month(1996, 3)},
	{65535, 65535, "reserved-asn", "last 16-bit ASN [RFC7300]", month(1996, 3)},
	{65536, 65551, "documentation-asn", "documentation [RFC5398]", month(2008, 12)},
	{65552, 131071, "reserved-asn", "reserved by IANA", month(2008, 12)},
	{4200000000, 4294967294, "private-asn", "private use [RFC6996]", month(2013, 7)},
	{4294967295, 4294967295, "reserved-asn", "last 32-bit ASN [RFC7300]", month(2007, 5)},
}

const asTrans = 23456

func month(year int, m time.Month) time.Time { return time.Date(year, m, 1, 0, 0, 0, 0, time.UTC) }

// SpecialASN returns the range that reserved an AS number on a day.
func SpecialASN(asn uint32, day time.Time) (ASNRange, bool) {
	for _, r := range SpecialASNs {
		if asn >= r.First && asn <= r.Last && !day.Before(r.Since) {
			return r, true
		}
	}
	return ASNRange{}, false
}

// PrivateASN reports whether the number is for private use (RFC 6996).
func PrivateASN(asn uint32) bool {
	return asn-64512 <= 65534-64512 || asn-4200000000 <= 4294967294-4200000000
}

// ReservedInPath reports whether one of the ranges contains the number, on any day. AS_TRANS is not an error inside a path:
// it replaces the AS numbers that a router with two-octet numbers cannot write (RFC 6793).
func ReservedInPath(asn uint32) bool {
	return asn-64496 <= 131071-64496 || asn >= 4200000000 || asn == 0
}
