package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// CountryStat is what is announced under the registration country and registry of ASes, or of space.
type CountryStat struct {
	Time           time.Time `col:"time" doc:"hour of the dumps, UTC"`
	Family         uint32    `col:"family" doc:"4 or 6"`
	Registration   string    `col:"registration" doc:"whose registration the row counts by: as (of the origin AS) or space (of the prefix)"`
	Registry       string    `col:"registry" doc:"regional registry that delegated the AS or the space; unknown: no delegation file of the day says"`
	Country        string    `col:"country" doc:"code that the delegation gives, ISO 3166 or a registry’s own (EU, AP, ZZ): where the holder is registered, not where the network is; unknown: no delegation file of the day says, or the prefix has several"`
	FileDate       string    `col:"file_date" doc:"days of the delegation files that were used, at most a year old, YYYY-MM-DD, comma-separated; empty: none"`
	RegistryFiles  int64     `col:"registries_known" unit:"registries" doc:"regional registries, of five, of which such a file is at hand"`
	Prefixes       int64     `col:"prefixes" unit:"prefixes" doc:"prefixes of the filtered table without bogons; one with origins registered in several countries counts in each"`
	Routes         int64     `col:"routes" unit:"routes" doc:"pairs of prefix and origin"`
	ASes           int64     `col:"ases" unit:"ASes" doc:"distinct origin ASes of those routes; paths that end in an AS_SET have none"`
	ASesBoth       int64     `col:"ases_both" unit:"ASes" doc:"those of them that originate prefixes of the other family in the same row’s country and registry too"`
	Span           float64   `col:"span" unit:"addresses (IPv4), /64s (IPv6)" doc:"space whose most specific prefix is among them"`
	ValidRoutes    int64     `col:"valid_routes" unit:"routes" doc:"routes that are ROV-valid" rfc:"6811"`
	InvalidRoutes  int64     `col:"invalid_routes" unit:"routes" doc:"routes that are invalid by origin or by length" rfc:"6811"`
	NotFoundRoutes int64     `col:"not_found_routes" unit:"routes" doc:"routes that no payload covers" rfc:"6811"`
	UnknownRoutes  int64     `col:"unknown_routes" unit:"routes" doc:"routes whose state is unknown"`
	ValidSpan      float64   `col:"valid_span" unit:"addresses (IPv4), /64s (IPv6)" doc:"part of the span whose most specific prefix has a valid route"`
	InvalidSpan    float64   `col:"invalid_span" unit:"addresses (IPv4), /64s (IPv6)" doc:"part whose most specific prefix has invalid routes only"`
	NotFoundSpan   float64   `col:"not_found_span" unit:"addresses (IPv4), /64s (IPv6)" doc:"part whose most specific prefix has a not-found route and no valid one"`
	UnknownSpan    float64   `col:"unknown_span" unit:"addresses (IPv4), /64s (IPv6)" doc:"the rest of the span"`
	Delegated      *float64  `col:"delegated" unit:"addresses (IPv4), /64s (IPv6)" doc:"space that the files give as allocated or assigned; null in the rows by as, and of the unknown"`
	DelegatedASNs  *int64    `col:"delegated_asns" unit:"AS numbers" doc:"AS numbers that the files give as allocated or assigned; null in the rows by space, and of the unknown"`
}

// CountryStats has one row for each hour, family, way of registration, registry and country.
var CountryStats = table.New[CountryStat](table.Doc{
	Name: "country_stats", Version: 1, Derived: true, Partition: "an hour with dumps",
	Row: "What is announced under a registration country and registry: prefixes, space, ASes and route origin validation.",
})

// ASRegistration is an AS that originates prefixes, with its registration.
type ASRegistration struct {
	Time         time.Time `col:"time" doc:"hour of the dumps, UTC"`
	ASN          uint32    `col:"asn" doc:"origin AS" rfc:"6793"`
	Registry     string    `col:"registry" doc:"regional registry that delegated the number; unknown: no delegation file of the day says"`
	Country      string    `col:"country" doc:"code that the delegation gives; unknown: no delegation file of the day says"`
	IPv4Prefixes int64     `col:"ipv4_prefixes" unit:"prefixes" doc:"IPv4 prefixes of the filtered table without bogons"`
	IPv6Prefixes int64     `col:"ipv6_prefixes" unit:"prefixes" doc:"IPv6 prefixes of the filtered table without bogons"`
	IPv4Span     float64   `col:"ipv4_span" unit:"addresses" doc:"IPv4 addresses whose most specific prefix it originates"`
	IPv6Span     float64   `col:"ipv6_span" unit:"/64s" doc:"IPv6 /64s whose most specific prefix it originates"`
}

// ASRegistrations has one row for each origin AS of each hour.
var ASRegistrations = table.New[ASRegistration](table.Doc{
	Name: "as_registrations", Version: 1, Derived: true, Partition: "an hour with dumps",
	Row: "An AS that originates prefixes at a time, with the country and registry of its number.",
})
