package watch_test

import (
	"errors"
	"fmt"
	"testing"

	"tidemark/analysis/watch"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestCertificates: a certificate that is valid over one family only, which flaps. A certificate that is bad over both, a handshake that
// did not complete, and a run that is damaged say nothing.
func TestCertificates(t *testing.T) {
	w := newWorld(t)
	connect := func(run int, host string, family uint32, version, wrong string) datasets.IPv6Probe {
		kind := "apex"
		if host != "example.net" {
			kind = "www"
		}
		return datasets.IPv6Probe{RunID: fmt.Sprint("here/", run), StartedAt: at(24*run + 1), VantageASN: 64500, ListID: "x", Domain: "example.net", HostKind: kind, Host: host, Test: "connect", Service: "https",
			Family: family, TLSVersion: version, CertificateError: wrong, BaselineOK: true}
	}
	const tls = "TLS 1.3"
	for run, c := range []struct{ version6, wrong4, wrong6 string }{
		{tls, "", ""}, {tls, "", "expired"}, {"", "", ""}, {tls, "", "expired"}, {tls, "expired", "expired"}, {tls, "wrong-name", ""}, {tls, "", "wrong-name"}, {tls, "", ""},
	} {
		into := w.store.Begin(table.Input{Name: fmt.Sprint("probe ", run)})
		if run == 6 {
			into.Damage(errors.New("cut off"))
		}
		tables.Write(t, into, datasets.IPv6Probes, table.Key{Day: day(run), Name: fmt.Sprint("run", run)},
			connect(run, "example.net", 4, tls, c.wrong4), connect(run, "example.net", 6, c.version6, c.wrong6),
			connect(run, "www.example.net", 4, tls, ""), connect(run, "www.example.net", 6, tls, ""))
		if _, err := into.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	rule := watch.Rule{Domains: []string{"example.net"}, Kinds: []string{"certificate-one-family"}}
	w.want([]watch.Rule{rule},
		"certificate-one-family example.net https from AS64500 critical 1<25..73<97",
		"certificate-one-family example.net https from AS64500 critical 97<121..121<169")
	w.leftOut("probe 6", "cut off")
	rule.Domains = []string{"example.org"}
	w.lacks(rule, "no run of the probe completed TLS handshakes with its hosts over both families")
}

// TestCountries: a country loses most of its prefixes and gets them back; routes become invalid. Hours of other collectors, of fewer
// registries or without payloads say nothing.
func TestCountries(t *testing.T) {
	w := newWorld(t)
	for hour, h := range []struct {
		collectors                             string
		registries, prefixes, invalid, unknown int64
	}{
		{"a,b", 5, 100, 1, 0},
		{"a,b", 5, 40, 1, 0},
		{"a", 5, 100, 1, 0},    // of one collector
		{"a,b", 4, 5, 0, 0},    // of which a registry's file is missing
		{"a,b", 5, 30, 1, 0},   // still
		{"a,b", 5, 95, 1, 0},   // again
		{"a,b", 5, 100, 1, 95}, // without payloads
		{"a,b", 5, 100, 8, 0},
		{"a,b", 5, 100, 8, 0},
		{"a,b", 5, 100, 2, 0},
	} {
		w.hour(at(hour), h.collectors, route("192.0.2.0/24", 64500, 10))
		known := h.prefixes - h.invalid - h.unknown
		tables.Commit(t, w.store, datasets.CountryStats, table.Key{Day: day(0), Name: at(hour).Format("2006-01-02T15")},
			datasets.CountryStat{Time: at(hour), Family: 4, Registration: "as", Registry: "ripencc", Country: "NL", RegistryFiles: h.registries, Prefixes: h.prefixes, Routes: h.prefixes, ASes: 7, ValidRoutes: known, InvalidRoutes: h.invalid, UnknownRoutes: h.unknown},
			datasets.CountryStat{Time: at(hour), Family: 4, Registration: "space", Registry: "ripencc", Country: "NL", RegistryFiles: h.registries, Prefixes: 1000 * int64(hour)},
			datasets.CountryStat{Time: at(hour), Family: 4, Registration: "as", Registry: "ripencc", Country: "LU", RegistryFiles: h.registries, Prefixes: int64(19 - hour)})
	}
	w.want([]watch.Rule{{Countries: []string{"NL", "LU"}}},
		"country-lost-routes country NL IPv4 critical 0<1..4<5",
		"country-rov-invalid country NL IPv4 warning 5<7..8<9")
	w.lacks(watch.Rule{Countries: []string{"LU"}}, "no hour has 20 prefixes of ASes registered there")
}
