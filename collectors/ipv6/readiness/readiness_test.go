package readiness

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"tidemark/datasets"
)

// probed makes the rows of a domain from short words, one a row:
//
//	KIND QTYPE RESULT [ADDRESS]            a lookup: "apex AAAA ok 2a0f::1", "apex MX null-mx"; an NS or MX has its target for ADDRESS
//	SERVICE HOST ADDRESS RESULT [STATUS [SIMILARITY]]   a test: "https apex 2a0f::1 ok 200 0.95"
//
// Hosts are called as their kind, name servers and mail exchangers ns1, mx1 and so on.
func probed(t testing.TB, lines ...string) (rows []datasets.IPv6Probe) {
	for _, line := range lines {
		row := datasets.IPv6Probe{Domain: "d.example", BaselineOK: true}
		f := strings.Fields(line)
		kind := strings.TrimRight(f[0], "0123456789")
		if port, is := map[string]uint32{"dns": 53, "smtp": 25, "http": 80, "https": 443}[f[0]]; is {
			row.Test, row.Service, row.Port, row.Host, row.Address, row.Result = "connect", f[0], port, f[1], f[2], f[3]
			if f[0] == "dns" {
				row.Test = "authority"
			}
			row.Family = 4
			if strings.Contains(f[2], ":") {
				row.Family = 6
			}
			row.HostKind = strings.TrimRight(f[1], "0123456789")
			for _, word := range f[4:] {
				var status int64
				var share float64
				switch {
				case word == "open":
					var ms float64
					row.ConnectMS = &ms
				case strings.Contains(word, "://"):
					row.HTTPURL = word
				case strings.HasPrefix(word, "away:"):
					row.Target = strings.TrimPrefix(word, "away:")
				case strings.HasPrefix(word, "steady:"):
					var steady float64
					fmt.Sscan(strings.TrimPrefix(word, "steady:"), &steady)
					row.BodySteady = &steady
				case strings.HasPrefix(word, "cert"):
					row.TLSVersion = "TLS 1.3"
					row.CertificateError = strings.TrimPrefix(strings.TrimPrefix(word, "cert"), ":")
				case strings.Contains(word, "."):
					fmt.Sscan(word, &share)
					row.BodySimilarity = &share
				default:
					fmt.Sscan(word, &status)
					row.HTTPStatus = &status
				}
			}
		} else {
			row.Test, row.HostKind, row.Host, row.QType, row.Result = "lookup", kind, f[0], f[1], f[2]
			if len(f) > 3 {
				if row.Address = f[3]; f[1] == "NS" || f[1] == "MX" {
					row.Target, row.Address = f[3], ""
				}
			}
			row.ThroughDNS64 = slices.Contains(f, "dns64")
			if slices.Contains(f, "special") {
				row.SpecialClass = "private"
			}
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.Fatal("no rows")
	}
	return rows
}

// testJudge returns a judge whose registry has two special-purpose blocks.
func testJudge() *Judge {
	return &Judge{HaveRegistry: true, Special: func(a netip.Addr) bool {
		return netip.MustParsePrefix("fe80::/10").Contains(a) || netip.MustParsePrefix("fc00::/7").Contains(a)
	}}
}

func classOf(verdicts []Verdict, service Service) (class Class, cause string) {
	for _, v := range verdicts {
		if v.Service == service {
			return v.Class, v.Cause
		}
	}
	return "", ""
}

// TestReadinessClasses has a line for each way to a class: the rows of a domain, and the class and cause of one service.
func TestReadinessClasses(t *testing.T) {
	const a4, a6 = "apex A ok 60.0.0.1", "apex AAAA ok 2a0f::1"
	none4, none6 := "apex A no-data", "apex AAAA no-data"
	for _, c := range []struct {
		service Service
		class   Class
		cause   string
		rows    []string
	}{
		{"http", "ready", "", []string{a4, a6, "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 200 1.0"}},
		{"http", "ready", "", []string{a4, a6, "http apex 60.0.0.1 ok 503", "http apex 2a0f::1 ok 503 0.95"}},
		{"http", "ready", "", []string{a4, a6, "http apex 60.0.0.1 timeout", "http apex 2a0f::1 ok 200"}},
		{"http", "partial", "differs", []string{a4, a6, "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 404 0.95"}},
		{"http", "partial", "differs", []string{a4, a6, "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 200 0.85"}},
		{"https", "partial", "differs", []string{a4, a6, "https apex 60.0.0.1 ok 200 cert", "https apex 2a0f::1 ok 200 1.0 cert:expired"}},
		{"https", "ready", "", []string{a4, a6, "https apex 60.0.0.1 ok 200 cert:expired", "https apex 2a0f::1 ok 200 1.0 cert:expired"}},
		{"http", "partial", "some-fail", []string{a4, a6, "apex AAAA ok 2a0f::2", "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 200", "http apex 2a0f::2 timeout"}},
		{"http", "partial", "special-aaaa", []string{a4, a6, "apex AAAA ok fd00::2", "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 200", "http apex fd00::2 skipped"}},
		{"http", "partial", "host-without-aaaa", []string{a4, a6, "www A ok 60.0.0.2", "www AAAA no-data", "http apex 60.0.0.1 ok", "http apex 2a0f::1 ok", "http www 60.0.0.2 ok"}},
		{"http", "broken", "refused", []string{a4, a6, "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 refused"}},
		{"http", "broken", "timeout", []string{a4, a6, "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 timeout"}},
		{"http", "broken", "unreachable", []string{a4, a6, "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 unreachable"}},
		{"http", "broken", "http-error", []string{a4, a6, "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 http_error"}},
		{"https", "broken", "tls", []string{a4, a6, "https apex 60.0.0.1 ok 200", "https apex 2a0f::1 tls_error"}},
		{"http", "broken", "timeout", []string{a4, a6, "apex AAAA ok fd00::2", "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 timeout"}},
		{"http", "unknown", "timeout", []string{a4, a6, "http apex 60.0.0.1 timeout", "http apex 2a0f::1 timeout"}},
		{"http", "n/a", "not-offered", []string{a4, a6, "http apex 60.0.0.1 refused", "http apex 2a0f::1 refused"}},
		{"http", "unknown", "timeout", []string{none4, a6, "http apex 2a0f::1 timeout"}},
		{"http", "v6-only", "", []string{none4, a6, "http apex 2a0f::1 ok 200"}},
		{"http", "partial", "some-fail", []string{none4, a6, "apex AAAA ok 2a0f::2", "http apex 2a0f::1 ok 200", "http apex 2a0f::2 refused"}},
		{"http", "invalid-aaaa", "special-aaaa", []string{a4, "apex AAAA ok fe80::1", "http apex 60.0.0.1 ok 200", "http apex fe80::1 skipped"}},
		{"http", "none", "no-aaaa", []string{a4, none6, "http apex 60.0.0.1 ok 200"}},
		{"http", "unknown", "timeout", []string{a4, none6, "http apex 60.0.0.1 timeout"}},            // as with an AAAA
		{"http", "n/a", "not-offered", []string{a4, none6, "http apex 60.0.0.1 refused"}},            //
		{"http", "none", "no-aaaa", []string{a4, "apex AAAA nxdomain", "http apex 60.0.0.1 ok 200"}}, // RFC 4074 section 4.2
		{"mail", "none", "no-aaaa", []string{a4, "apex AAAA nxdomain", "apex MX ok mx1", "mx1 A ok 60.0.0.2", "mx1 AAAA no-data"}},
		{"mail", "n/a", "no-host", []string{a4, a6, "apex MX nxdomain"}},
		{"https", "n/a", "not-offered", []string{a4, a6, "http apex 60.0.0.1 ok 200 open", "http apex 2a0f::1 ok 200 open", "https apex 60.0.0.1 timeout", "https apex 2a0f::1 timeout"}},
		{"http", "n/a", "no-host", []string{"apex A ok 192.168.1.1 special", none6, "http apex 192.168.1.1 skipped"}},
		{"http", "v6-only", "", []string{"apex A ok 192.168.1.1 special", a6, "http apex 192.168.1.1 skipped", "http apex 2a0f::1 ok 200"}},
		{"http", "partial", "differs", []string{a4, a6, "apex AAAA ok 2a0f::2", "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 200", "http apex 2a0f::2 ok 503"}},
		{"http", "partial", "differs", []string{a4, a6, "apex AAAA ok 2a0f::2", "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 503", "http apex 2a0f::2 ok 200"}},
		{"http", "ready", "", []string{a4, a6, "apex AAAA ok 2a0f::2", "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 200"}}, // the probe's own limit
		{"http", "partial", "differs", []string{a4, a6, "http apex 60.0.0.1 ok 200 https://apex/", "http apex 2a0f::1 ok 200 http://apex/"}},
		{"http", "unknown", "rate-limited", []string{a4, a6, "http apex 60.0.0.1 ok 429", "http apex 2a0f::1 ok 200"}},
		{"http", "ready", "", []string{a4, a6, "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 200 0.74 steady:0.75"}},
		{"http", "partial", "differs", []string{a4, a6, "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 200 0.4 steady:0.75"}},
		{"http", "partial", "redirect-without-aaaa", []string{a4, a6, "http apex 60.0.0.1 ok 301", "http apex 2a0f::1 ok 301 away:redirect1", "redirect1 A ok 60.0.0.9", "redirect1 AAAA no-data"}},
		{"http", "ready", "", []string{a4, a6, "http apex 60.0.0.1 ok 301", "http apex 2a0f::1 ok 301 away:redirect1", "redirect1 AAAA ok 2a0f::9"}},
		{"http", "unknown", "lookup-failed", []string{a4, a6, "http apex 60.0.0.1 ok 301", "http apex 2a0f::1 ok 301 away:redirect1", "redirect1 AAAA timeout"}},
		{"dns", "none", "no-aaaa", []string{"apex NS no-data", "zone NS ok ns1", "ns1 A ok 60.0.0.1", "ns1 AAAA no-data"}},
		{"dns", "unknown", "lookup-failed", []string{"apex NS no-data", "zone NS timeout"}},
		{"domain", "all", "", []string{a4, a6, "apex NS ok ns1", "ns1 A ok 60.0.0.2", "ns1 AAAA ok 2a0f::2", "dns ns1 60.0.0.2 ok", "dns ns1 2a0f::2 ok", "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 200", "https apex 60.0.0.1 ok 200", "https apex 2a0f::1 ok 200"}},
		{"domain", "none", "services", []string{a4, none6, "http apex 60.0.0.1 ok 200", "https apex 60.0.0.1 ok 200", "apex NS ok ns1", "ns1 AAAA ok 2a0f::2", "dns ns1 2a0f::2 ok", "apex MX null-mx"}},
		{"domain", "none", "dns", []string{a4, a6, "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 200", "https apex 60.0.0.1 ok 200", "https apex 2a0f::1 ok 200", "apex NS ok ns1", "ns1 A ok 60.0.0.2", "ns1 AAAA no-data", "dns ns1 60.0.0.2 ok"}},
		{"domain", "some", "", []string{a4, a6, "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 200", "https apex 60.0.0.1 ok 200", "https apex 2a0f::1 ok 200", "apex MX ok mx1", "mx1 A ok 60.0.0.3", "mx1 AAAA no-data"}},
		{"domain", "n/a", "no-host", []string{"apex A no-data", "apex AAAA no-data"}},
		{"http", "n/a", "no-host", []string{none4, none6}},
		{"http", "n/a", "nxdomain", []string{"apex A nxdomain", "apex AAAA nxdomain"}},
		{"http", "unknown", "lookup-failed", []string{a4, "apex AAAA timeout", "http apex 60.0.0.1 ok 200"}},
		{"http", "unknown", "lookup-failed", []string{a4, "apex AAAA error"}},
		{"http", "unknown", "lookup-failed", []string{"apex A refused", a6, "http apex 2a0f::1 ok 200"}},
		{"http", "unknown", "dns64", []string{a4, "apex AAAA ok 64:ff9b::3c00:1 dns64", "http apex 60.0.0.1 ok 200", "http apex 64:ff9b::3c00:1 skipped"}},
		{"http", "unknown", "skipped", []string{"apex ANY skipped"}},
		{"http", "unknown", "skipped", []string{a4, a6, "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 skipped"}},
		{"http", "unknown", "skipped", []string{a4, a6, "http apex 60.0.0.1 ok 200"}},
		{"dns", "ready", "", []string{"apex NS ok ns1", "ns1 A ok 60.0.0.1", "ns1 AAAA ok 2a0f::1", "dns ns1 60.0.0.1 ok", "dns ns1 2a0f::1 ok"}},
		{"dns", "broken", "lame", []string{"apex NS ok ns1", "ns1 A ok 60.0.0.1", "ns1 AAAA ok 2a0f::1", "dns ns1 60.0.0.1 ok", "dns ns1 2a0f::1 lame"}},
		{"dns", "partial", "host-without-aaaa", []string{"apex NS ok ns1", "ns1 A ok 60.0.0.1", "ns1 AAAA ok 2a0f::1", "ns2 A ok 60.0.0.2", "ns2 AAAA no-data", "dns ns1 60.0.0.1 ok", "dns ns1 2a0f::1 ok", "dns ns2 60.0.0.2 ok"}},
		{"dns", "unknown", "refused", []string{"apex NS ok ns1", "ns1 A ok 60.0.0.1", "ns1 AAAA ok 2a0f::1", "dns ns1 60.0.0.1 refused", "dns ns1 2a0f::1 refused"}},
		{"dns", "unknown", "lookup-failed", []string{"apex NS error"}},
		{"dns", "n/a", "no-host", []string{"apex NS no-data"}},
		{"mail", "n/a", "null-mx", []string{"apex MX null-mx"}},
		{"mail", "n/a", "no-host", []string{"apex MX no-data"}},
		{"mail", "none", "no-aaaa", []string{"apex MX ok mx1", "mx1 A ok 60.0.0.1", "mx1 AAAA no-data"}},
		{"mail", "ready", "not-probed", []string{"apex MX ok mx1", "mx1 A ok 60.0.0.1", "mx1 AAAA ok 2a0f::1"}},
		{"mail", "v6-only", "not-probed", []string{"apex MX ok mx1", "mx1 A no-data", "mx1 AAAA ok 2a0f::1"}},
		{"mail", "partial", "host-without-aaaa", []string{"apex MX ok mx1", "mx1 A ok 60.0.0.1", "mx1 AAAA ok 2a0f::1", "mx2 A ok 60.0.0.2", "mx2 AAAA no-data"}},
		{"mail", "partial", "special-aaaa", []string{"apex MX ok mx1", "mx1 A ok 60.0.0.1", "mx1 AAAA ok 2a0f::1", "mx1 AAAA ok fd00::1"}},
		{"mail", "broken", "smtp-error", []string{"apex MX ok mx1", "mx1 A ok 60.0.0.1", "mx1 AAAA ok 2a0f::1", "smtp mx1 60.0.0.1 ok", "smtp mx1 2a0f::1 smtp_error"}},
		{"mail", "ready", "", []string{"apex MX ok mx1", "mx1 A ok 60.0.0.1", "mx1 AAAA ok 2a0f::1", "smtp mx1 60.0.0.1 ok", "smtp mx1 2a0f::1 ok"}},
	} {
		class, cause := classOf(testJudge().Verdicts(probed(t, c.rows...), found), c.service)
		if class != c.class {
			t.Errorf("%s of %q is %s, want %s", c.service, c.rows, class, c.class)
		}
		if cause != c.cause {
			t.Errorf("%s of %q has the cause %q, want %q", c.service, c.rows, cause, c.cause)
		}
	}
}

// TestReadinessWithout: where the registry or the baseline is missing, what depends on it is unknown, and nothing else.
func TestReadinessWithout(t *testing.T) {
	with := probed(t, "apex A ok 60.0.0.1", "apex AAAA ok 2a0f::1", "http apex 60.0.0.1 ok", "http apex 2a0f::1 timeout")
	without := probed(t, "apex A ok 60.0.0.1", "apex AAAA no-data", "http apex 60.0.0.1 ok")
	check := func(what string, j *Judge, rows []datasets.IPv6Probe, class Class, cause string) {
		if c, why := classOf(j.Verdicts(rows, nil), HTTP); c != class || why != cause {
			t.Errorf("%s: %s (%s), want %s (%s)", what, c, why, class, cause)
		}
	}
	check("no registry", &Judge{}, with, "unknown", "no-registry")
	check("no registry, no AAAA", &Judge{}, without, "none", "no-aaaa")
	for _, rows := range [][]datasets.IPv6Probe{with, without} {
		for i := range rows {
			rows[i].BaselineOK = false
		}
	}
	check("no baseline", testJudge(), with, "unknown", "no-baseline")
	check("no baseline, no AAAA", testJudge(), without, "none", "no-aaaa")
}

// TestCombined has every pair of classes.
func TestCombined(t *testing.T) {
	classes := []Class{Ready, Partial, Broken, InvalidAAAA, None, V6Only, NotApplicable, Unknown}
	want := map[[2]Class]Class{}
	for i, line := range strings.Split(strings.TrimSpace(`
ready partial partial partial partial ready ready unknown
partial partial partial partial partial partial partial unknown
partial partial broken broken broken partial broken unknown
partial partial broken invalid-aaaa invalid-aaaa partial invalid-aaaa unknown
partial partial broken invalid-aaaa none partial none unknown
ready partial partial partial partial v6-only v6-only unknown
ready partial broken invalid-aaaa none v6-only n/a unknown
unknown unknown unknown unknown unknown unknown unknown unknown`), "\n") {
		for k, class := range strings.Fields(line) {
			want[[2]Class{classes[i], classes[k]}] = Class(class)
		}
	}
	for _, a := range classes {
		for _, b := range classes {
			if got := combine(Verdict{Class: a}, Verdict{Class: b}); got.class != want[[2]Class{a, b}] {
				t.Errorf("%s and %s: %s, want %s", a, b, got.class, want[[2]Class{a, b}])
			}
		}
	}
}

// obvious classifies HTTP by the words of the definition, without the structures of the real judge: it searches all rows for
// each question it asks.
func obvious(rows []datasets.IPv6Probe, j *Judge) Class {
	web := func(r datasets.IPv6Probe) bool { return r.HostKind == "apex" || r.HostKind == "www" }
	address := func(r datasets.IPv6Probe) bool {
		return r.Test == "lookup" && web(r) && (r.QType == "A" || r.QType == "AAAA") && r.Address != ""
	}
	global := func(r datasets.IPv6Probe) bool {
		return address(r) && r.QType == "AAAA" && !r.ThroughDNS64 && !j.Special(netip.MustParseAddr(r.Address))
	}
	// works: every connection to the address that was tried, for whatever host, was made.
	works := func(a string) (all bool, results []string) {
		for _, r := range rows {
			if r.Address != a || !address(r) || r.ThroughDNS64 {
				continue
			}
			for _, c := range rows {
				if c.Test == "connect" && c.Service == "http" && c.Host == r.Host && c.Address == a {
					results = append(results, c.Result)
				}
			}
		}
		return len(results) > 0 && !slices.ContainsFunc(results, func(s string) bool { return s != "ok" }), results
	}
	any := func(f func(datasets.IPv6Probe) bool) bool { return slices.ContainsFunc(rows, f) }
	works4 := any(func(r datasets.IPv6Probe) bool {
		ok, _ := works(r.Address)
		return address(r) && r.QType == "A" && ok
	})
	works6 := any(func(r datasets.IPv6Probe) bool { ok, _ := works(r.Address); return global(r) && ok })
	tried := func(of func(datasets.IPv6Probe) bool) (results []string) {
		for _, r := range rows {
			if of(r) {
				_, more := works(r.Address)
				results = append(results, more...)
			}
		}
		return results
	}
	a := func(r datasets.IPv6Probe) bool { return address(r) && r.QType == "A" }
	counted := func(r datasets.IPv6Probe) bool { return a(r) || global(r) }
	declined := len(tried(counted)) > 0 && !slices.ContainsFunc(tried(counted), func(s string) bool { return s != "refused" })
	// unseen: a host has addresses of the kind, and none of them was tried.
	unseen := func(of func(datasets.IPv6Probe) bool) bool {
		return slices.ContainsFunc([]string{"apex", "www"}, func(host string) bool {
			mine := func(r datasets.IPv6Probe) bool { return r.Host == host && of(r) }
			return any(mine) && !any(func(c datasets.IPv6Probe) bool {
				return c.Test == "connect" && c.Host == host && any(func(r datasets.IPv6Probe) bool { return mine(r) && r.Address == c.Address })
			})
		})
	}
	special := any(func(r datasets.IPv6Probe) bool {
		return address(r) && r.QType == "AAAA" && !r.ThroughDNS64 && !global(r)
	})
	switch {
	case any(func(r datasets.IPv6Probe) bool {
		return r.Test == "lookup" && web(r) && slices.Contains([]string{"timeout", "refused", "unreachable", "error", "skipped"}, r.Result)
	}):
		return "unknown"
	case any(func(r datasets.IPv6Probe) bool {
		return r.HostKind == "apex" && r.QType == "A" && r.Result == "nxdomain"
	}) &&
		any(func(r datasets.IPv6Probe) bool {
			return r.HostKind == "apex" && r.QType == "AAAA" && r.Result == "nxdomain"
		}):
		return "n/a"
	case !any(global) && !special && any(func(r datasets.IPv6Probe) bool { return address(r) && r.ThroughDNS64 }):
		return "unknown"
	case !any(address):
		return "n/a"
	case !any(global) && !special && declined:
		return "n/a"
	case !any(global) && !special && len(tried(a)) > 0 && !works4 && !unseen(a) && !slices.Contains(tried(a), "skipped"):
		return "unknown"
	case !any(global) && !special:
		return "none"
	case !any(global):
		return "invalid-aaaa"
	case !rows[0].BaselineOK:
		return "unknown"
	case declined:
		return "n/a"
	case slices.Contains(tried(global), "skipped") || len(tried(global)) == 0:
		return "unknown"
	case !works6 && !works4:
		return "unknown"
	case !works6:
		return "broken"
	case slices.ContainsFunc(tried(global), func(s string) bool { return s != "ok" }):
		return "partial"
	case unseen(global):
		return "unknown"
	case special:
		return "partial"
	}
	for _, host := range []string{"apex", "www"} {
		has := func(f func(datasets.IPv6Probe) bool) bool {
			return any(func(r datasets.IPv6Probe) bool { return r.Host == host && f(r) })
		}
		if has(func(r datasets.IPv6Probe) bool { return address(r) && r.QType == "A" }) && !has(global) {
			return "partial"
		}
	}
	if !any(func(r datasets.IPv6Probe) bool { return address(r) && r.QType == "A" }) {
		return "v6-only"
	}
	for _, six := range rows {
		for _, four := range rows {
			if six.HTTPStatus != nil && four.HTTPStatus != nil && six.Family == 6 && four.Family == 4 && six.Host == four.Host &&
				(*six.HTTPStatus != *four.HTTPStatus || six.BodySimilarity != nil && *six.BodySimilarity < 0.9) {
				return "partial"
			}
		}
	}
	return "ready"
}

// TestReadinessOracle compares the judge with the obvious one on random domains.
func TestReadinessOracle(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 9999))
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	seen := map[Class]int{}
	for range 20000 {
		var lines []string
		calm := random.IntN(4) > 0 // most domains have no failed lookup
		for _, host := range []string{"apex", "www"}[:1+random.IntN(2)] {
			for _, qtype := range []string{"A", "AAAA"} {
				result := pick("ok", "ok", "ok", "ok", "no-data")
				if !calm {
					result = pick("ok", "no-data", "timeout", "error", "nxdomain")
				}
				if result != "ok" {
					lines = append(lines, host+" "+qtype+" "+result)
					continue
				}
				shared := []string{"60.0.0.1", "60.0.0.2"}
				if qtype == "AAAA" {
					shared = []string{"2a0f::1", "2a0f::2", "2a0f::3", "fd00::1"}
				}
				for _, a := range shared[random.IntN(len(shared)):] {
					if random.IntN(3) == 0 {
						continue
					}
					mark := ""
					if qtype == "AAAA" && random.IntN(20) == 0 {
						mark = " dns64"
					}
					lines = append(lines, host+" "+qtype+" ok "+a+mark)
					how := pick("ok 200", "ok 200", "ok 200", "ok 200", "ok", "refused", "timeout", "tls_error")
					if random.IntN(12) == 0 {
						how = pick("ok 404", "ok 200 0.5", "skipped")
					}
					if random.IntN(40) > 0 {
						lines = append(lines, "http "+host+" "+a+" "+how)
					}
				}
			}
		}
		if len(lines) == 0 {
			continue
		}
		rows := probed(t, lines...)
		if random.IntN(10) == 0 {
			for i := range rows {
				rows[i].BaselineOK = false
			}
		}
		// One status a host and family, as a probe gives: the first.
		had := map[string]bool{}
		for i := range rows {
			key := fmt.Sprint(rows[i].Host, rows[i].Family)
			if rows[i].HTTPStatus != nil && had[key] {
				rows[i].HTTPStatus, rows[i].BodySimilarity = nil, nil
			}
			if rows[i].Family == 4 { // it is the same at the other family's row
				rows[i].BodySimilarity = nil
			}
			had[key] = had[key] || rows[i].HTTPStatus != nil
		}
		judge := testJudge()
		got, _ := classOf(judge.Verdicts(rows, nil), HTTP)
		want := obvious(rows, judge)
		if got != want {
			t.Fatalf("%s, the obvious way %s:\n%s", got, want, strings.Join(lines, "\n"))
		}
		seen[got]++
	}
	for _, class := range []Class{Ready, Partial, Broken, InvalidAAAA, None, V6Only, NotApplicable, Unknown} {
		if seen[class] == 0 {
			t.Errorf("no domain was %s: %v", class, seen)
		}
	}
}

// TestThreshold: a page of which more than a tenth differs is a finding and has a remedy; one at the threshold has neither.
func TestThreshold(t *testing.T) {
	for share, same := range map[string]bool{"0.89": false, "0.90": true} {
		rows := probed(t, "apex A ok 60.0.0.1", "apex AAAA ok 2a0f::1", "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 200 "+share)
		class, _ := classOf(testJudge().Verdicts(rows, nil), HTTP)
		if (class == Ready) != same {
			t.Errorf("%s of the page is the same: %s", share, class)
		}
		if got := testJudge().Remedies(rows, nil); (len(got) == 0) != same {
			t.Errorf("%s of the page is the same: %v", share, got)
		}
	}
}

// found is a domain whose zone and www a resolver without IPv4 finds.
var found = []datasets.DomainDelegation{{Kind: "zone", Host: "d.example", Resolvable: "yes"}, {Kind: "www", Host: "www.d.example", Resolvable: "yes"}}

// TestWays has what a resolver without IPv4 finds of a domain that is ready otherwise.
func TestWays(t *testing.T) {
	rows := probed(t, "apex A ok 60.0.0.1", "apex AAAA ok 2a0f::1", "apex NS ok ns1", "ns1 A ok 60.0.0.2", "ns1 AAAA ok 2a0f::2", "dns ns1 60.0.0.2 ok", "dns ns1 2a0f::2 ok",
		"http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 200", "https apex 60.0.0.1 ok 200", "https apex 2a0f::1 ok 200")
	way := func(kind, host, resolvable, step, zone string) datasets.DomainDelegation {
		return datasets.DomainDelegation{Kind: kind, Host: host, Resolvable: resolvable, Step: step, Zone: zone}
	}
	zone := way("zone", "d.example", "yes", "", "")
	for what, c := range map[string]struct {
		ways        []datasets.DomainDelegation
		class, want string // of the domain, and how it is found
		fix         string
	}{
		"all":     {[]datasets.DomainDelegation{zone, way("www", "www.d.example", "yes", "", "")}, "all", "yes", ""},
		"glue":    {[]datasets.DomainDelegation{way("zone", "d.example", "no", "no-glue", "d.example")}, "none resolution", "no no-glue d.example", "Tell the registrar of d.example"},
		"cdn":     {[]datasets.DomainDelegation{zone, way("www", "www.d.example", "no", "no-aaaa", "cdn.example")}, "some", "some no-aaaa cdn.example", "ask its operator"},
		"unknown": {[]datasets.DomainDelegation{zone, way("www", "www.d.example", "unknown", "root", ".")}, "unknown resolution-unknown", "unknown root .", ""},
		"nothing": {nil, "unknown resolution-unknown", "unknown", ""},
	} {
		v := testJudge().Verdicts(rows, c.ways)[1]
		if got := strings.TrimSpace(string(v.Class) + " " + v.Cause); got != c.class {
			t.Errorf("%s: %s, want %s (%s)", what, got, c.class, v.Reason)
		}
		if got := strings.Join(strings.Fields(v.Way.Resolvable+" "+v.Way.Step+" "+v.Way.Zone), " "); got != c.want {
			t.Errorf("%s: found: %s, want %s", what, got, c.want)
		}
		remedies := testJudge().Remedies(rows, c.ways)
		if (len(remedies) > 0) != (c.fix != "") || c.fix != "" && !strings.Contains(remedies[0].Fix, c.fix) {
			t.Errorf("%s: remedies %+v, want %q", what, remedies, c.fix)
		}
	}
}

// TestDNSSEC: the AD bit alone does not make a zone secure, nor a DS record alone.
func TestDNSSEC(t *testing.T) {
	row := func(qtype, result, text string, ad bool) datasets.IPv6Probe {
		return datasets.IPv6Probe{Test: "lookup", HostKind: "apex", QType: qtype, Result: result, Error: text, AuthenticatedData: ad}
	}
	for want, rows := range map[string][]datasets.IPv6Probe{
		"secure":   {row("A", "ok", "", true), row("DS", "ok", "", true)},
		"signed":   {row("A", "ok", "", false), row("DS", "ok", "", true)},
		"insecure": {row("A", "ok", "", false), row("DS", "no-data", "", true)},
		"bogus":    {row("A", "error", "the resolver answered SERVFAIL: DNSSEC Bogus", false), row("DS", "ok", "", false)},
		"unknown":  {row("A", "ok", "", true), row("DS", "timeout", "", false)},
	} {
		if got := dnssec(rows); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestVerdictOrder: six verdicts, and the web's counts are not those of HTTP and HTTPS added up.
func TestVerdictOrder(t *testing.T) {
	verdicts := testJudge().Verdicts(probed(t, "apex A ok 60.0.0.1", "apex AAAA ok 2a0f::1", "http apex 60.0.0.1 ok 200", "http apex 2a0f::1 ok 200",
		"https apex 60.0.0.1 ok 200", "https apex 2a0f::1 refused"), found)
	want := []string{"dns n/a 0/0", "domain some 0/1", "http ready 1/1", "https broken 0/1", "mail n/a 0/0", "web partial 0/1"}
	for i, v := range verdicts {
		if got := fmt.Sprintf("%s %s %d/%d", v.Service, v.Class, v.Working6, v.Addresses6); got != want[i] {
			t.Errorf("verdict %d: %s, want %s", i, got, want[i])
		}
	}
	if len(verdicts) != len(want) {
		t.Errorf("%d verdicts, want %d", len(verdicts), len(want))
	}
}
