package derive

import "testing"

// TestReadinessClasses has a line for each cell: what was found of a service, and its class.
func TestReadinessClasses(t *testing.T) {
	up, down := true, false
	type addresses = map[string]bool
	for _, c := range []struct {
		name string
		s    service
		want string
	}{
		{"both work", service{v4: addresses{"a": up}, v6: addresses{"b": up}, connected: true}, "ready"},
		{"two IPv6, one works", service{v4: addresses{"a": up}, v6: addresses{"b": up, "c": down}, connected: true}, "partial"},
		{"IPv6 works, one AAAA special", service{v4: addresses{"a": up}, v6: addresses{"b": up}, special: 1, connected: true}, "partial"},
		{"IPv6 does not answer", service{v4: addresses{"a": up}, v6: addresses{"b": down}, connected: true}, "broken"},
		{"nothing answers", service{v4: addresses{"a": down}, v6: addresses{"b": down}, connected: true}, "unknown"},
		{"only special AAAA", service{v4: addresses{"a": up}, special: 2, connected: true}, "invalid-aaaa"},
		{"only special AAAA, no registry", service{v4: addresses{"a": up}, special: 2, connected: true, noRegistry: true}, "unknown"},
		{"no AAAA", service{v4: addresses{"a": up}, connected: true}, "none"},
		{"no AAAA, no registry", service{v4: addresses{"a": up}, connected: true, noRegistry: true}, "none"},
		{"no AAAA, and IPv4 down", service{v4: addresses{"a": down}, connected: true}, "none"},
		{"IPv6 only", service{v6: addresses{"b": up}, connected: true}, "v6-only"},
		{"IPv6 only, and down", service{v6: addresses{"b": down}, connected: true}, "unknown"},
		{"no address", service{connected: true}, "n/a"},
		{"null MX", service{nullMX: true}, "n/a"},
		{"a lookup failed", service{v4: addresses{"a": up}, v6: addresses{"b": up}, failed: "SERVFAIL", connected: true}, "unknown"},
		{"no IPv6 here", service{v4: addresses{"a": up}, v6: addresses{"b": down}, connected: true, noBaseline: true}, "unknown"},
		{"no IPv6 here, no AAAA", service{v4: addresses{"a": up}, connected: true, noBaseline: true}, "none"},
		{"a name server without AAAA", service{v4: addresses{"a": up}, v6: addresses{"b": up}, hosts: addresses{"x": true, "y": false}, connected: true}, "partial"},
		{"mail: every exchanger", service{v4: addresses{"a": down}, v6: addresses{"b": down}, hosts: addresses{"x": true}}, "ready"},
		{"mail: one of two", service{v4: addresses{"a": down}, v6: addresses{"b": down}, hosts: addresses{"x": true, "y": false}}, "partial"},
		{"mail: no IPv4", service{v6: addresses{"b": down}, hosts: addresses{"x": true}}, "v6-only"},
		{"mail: no IPv6 here", service{v4: addresses{"a": down}, v6: addresses{"b": down}, hosts: addresses{"x": true}, noBaseline: true}, "ready"},
	} {
		if got, reason := c.s.class(); got != c.want || reason == "" {
			t.Errorf("%s: %s (%s), want %s", c.name, got, reason, c.want)
		}
	}
}
