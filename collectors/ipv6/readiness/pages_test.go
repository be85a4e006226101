package readiness

import (
	"strings"
	"testing"

	"tidemark/datasets"
)

// TestRace: IPv6 has 250 ms of advance, and a family that does not work loses.
func TestRace(t *testing.T) {
	ms := func(n float64) *float64 { return &n }
	for _, c := range []struct {
		four, six *float64
		want      string
	}{
		{ms(10), ms(10), "ipv6"}, {ms(10), ms(260), "ipv6"}, {ms(10), ms(261), "ipv4"}, {ms(300), ms(400), "ipv6"}, {nil, ms(4000), "ipv6"}, {ms(4000), nil, "ipv4"}, {nil, nil, ""},
	} {
		if got := race(c.four, c.six); got != c.want {
			t.Errorf("%v, %v: %q, want %q", c.four, c.six, got, c.want)
		}
	}
}

// TestPages judges pages by the rows of a few probes; a host of the page is judged by those of its tests.
func TestPages(t *testing.T) {
	const both = "apex A ok 60.0.0.1;apex AAAA ok 2a0f::1;"
	const good = both + "https apex 60.0.0.1 ok open 200;https apex 2a0f::1 ok open 200;"
	size := int64(3)
	for name, c := range map[string]struct{ rows, want string }{
		"alike":             {good, "alike whole"},
		"no AAAA":           {"apex A ok 60.0.0.1;apex AAAA no-data;https apex 60.0.0.1 ok open 200", "no-ipv6 nothing"},
		"IPv6 only":         {"apex A no-data;apex AAAA ok 2a0f::1;https apex 2a0f::1 ok open 200", "ipv6-only whole"},
		"link-local":        {"apex A ok 60.0.0.1;apex AAAA ok fe80::1 special;https apex 60.0.0.1 ok open 200;https apex fe80::1 skipped", "no-ipv6 nothing"},
		"refused":           {both + "https apex 60.0.0.1 ok open 200;https apex 2a0f::1 refused", "fails nothing"},
		"TLS hangs":         {both + "https apex 60.0.0.1 ok open 200;https apex 2a0f::1 tls_error open timeout", "large-lost nothing"},
		"TLS fails":         {both + "https apex 60.0.0.1 ok open 200;https apex 2a0f::1 tls_error open", "fails nothing"},
		"another status":    {both + "https apex 60.0.0.1 ok open 200;https apex 2a0f::1 ok open 404", "differs whole"},
		"too many requests": {both + "https apex 60.0.0.1 ok open 200;https apex 2a0f::1 ok open 429", "alike whole"},
		"another page":      {both + "https apex 60.0.0.1 ok open 200 0.2;https apex 2a0f::1 ok open 200 0.2", "differs whole"},
		"AAAA unknown":      {"apex A ok 60.0.0.1;apex AAAA timeout;https apex 60.0.0.1 ok open 200", "unknown unknown"},
		"neither":           {both + "https apex 60.0.0.1 refused;https apex 2a0f::1 refused", "unknown "},
		"http":              {both + "https apex 60.0.0.1 refused;https apex 2a0f::1 refused;http apex 60.0.0.1 ok open 200;http apex 2a0f::1 ok open 200", "alike whole"},
		"works":             {good + "subresource AAAA ok 2a0f::2;connect AAAA ok", "alike whole"},
		"no AAAA of a host": {good + "subresource AAAA no-data;subresource A ok 60.0.0.2", "alike part no-aaaa"},
		"DNS64's AAAA":      {good + "subresource AAAA ok 64:ff9b::1 dns64;subresource A ok 60.0.0.2", "alike part no-aaaa"},
		"fails over IPv6":   {good + "subresource AAAA ok 2a0f::2;connect AAAA timeout;subresource A ok 60.0.0.2;connect A ok", "alike part timeout"},
		"gone":              {good + "subresource AAAA ok 2a0f::2;connect AAAA timeout;subresource A ok 60.0.0.2;connect A timeout", "alike whole"},
		"no such host":      {good + "subresource AAAA nxdomain;subresource A nxdomain", "alike whole"},
		"lookup failed":     {good + "subresource AAAA timeout;subresource A ok 60.0.0.2", "alike unknown"},
		"opted out":         {good + "subresource AAAA ok 2a0f::2;connect AAAA skipped", "alike unknown"},
	} {
		var rows []datasets.IPv6Probe
		tested := int64(0)
		for _, line := range strings.Split(strings.TrimSuffix(c.rows, ";"), ";") {
			if rest, is := strings.CutPrefix(line, "connect "); is {
				row := datasets.IPv6Probe{Domain: "d.example", BaselineOK: true, Test: "connect", HostKind: "subresource", Host: "subresource", Service: "https"}
				row.QType, row.Result, _ = strings.Cut(rest, " ")
				rows = append(rows, row)
				continue
			}
			row := probed(t, line)[0]
			if strings.Contains(line, " timeout") && row.Test == "connect" {
				row.Error = "TLS: i/o timeout"
			}
			if strings.HasPrefix(row.Address, "fe80") {
				row.SpecialClass = "link-local"
			}
			if row.HTTPStatus != nil {
				row.HTTPBytes, row.HTTP3Offered = &size, "no"
			}
			if row.HostKind == "subresource" && row.QType == "AAAA" {
				tested++
			}
			rows = append(rows, row)
		}
		for i := range rows {
			if rows[i].Family == 6 && rows[i].HTTPStatus != nil {
				rows[i].PageHosts = &tested
			}
		}
		pages := testJudge().Pages(rows)
		if len(pages) != 1 {
			t.Errorf("%s: %d pages", name, len(pages))
			continue
		}
		p := pages[0]
		got := p.Quality + " " + p.WithoutIPv4
		if _, why, failing := strings.Cut(p.Failing, "="); failing {
			got += " " + why
		}
		if got != c.want || !p.Front {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for i := range rows {
			rows[i].BaselineOK = false
		}
		if p := testJudge().Pages(rows)[0]; p.Quality != "unknown" && p.Quality != "no-ipv6" {
			t.Errorf("%s, without IPv6 here: %s", name, p.Quality)
		}
	}
}

// TestHTTP3 needs a test of each family that works to say over which HTTP/3 does.
func TestHTTP3(t *testing.T) {
	for name, c := range map[string]struct{ four, six, want string }{
		"both": {"ok", "ok", "both"}, "one": {"ok", "timeout", "ipv4"}, "none": {"timeout", "timeout", "neither"}, "not yet": {"ok", "", "unknown"}, "old": {"", "", "unknown"},
	} {
		rows := probed(t, "apex A ok 60.0.0.1", "apex AAAA ok 2a0f::1", "https apex 60.0.0.1 ok open 200", "https apex 2a0f::1 ok open 200")
		for family, result := range map[uint32]string{4: c.four, 6: c.six} {
			if result != "" {
				rows = append(rows, datasets.IPv6Probe{Domain: "d.example", BaselineOK: true, Test: "connect", HostKind: "apex", Host: "apex", Service: "http3", Family: family, Result: result})
			}
		}
		if got := testJudge().Pages(rows)[0].HTTP3; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
