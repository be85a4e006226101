package registry_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/registry"
	"tidemark/internal/testkit/tables"
)

// TestMemory: a file costs memory by its rows, not by the length of a field or the depth of its values.
func TestMemory(t *testing.T) {
	const size = 8 << 20
	long := strings.Repeat("x", size)
	good := `{"asn": 64496, "prefix": "192.0.2.0/24", "maxLength": 24, "ta": "ripe"}`
	for name, c := range map[string]struct {
		content string
		kept    bool
	}{
		"a string":              {`{"roas": [{"asn": 1, "prefix": "192.0.2.0/24", "ta": "` + long + `"}]}`, false},
		"a key":                 {`{"` + long + `": [], "roas": [` + good + `]}`, false},
		"a number":              {`{"roas": [{"asn": ` + strings.Repeat("1", size) + `}]}`, false},
		"an object":             {`{"roas": [{"x": [` + strings.Repeat("1,", size/2) + `1]}]}`, false},
		"depth":                 {`{"x": ` + strings.Repeat("[", size) + strings.Repeat("]", size) + `}`, false},
		"blanks":                {`{"roas": [` + strings.Repeat(" ", size) + good + `]}`, false},
		"a list that is unused": {`{"x": [` + strings.Repeat("1,", size/2) + `1], "roas": [` + good + `]}`, true},
		"a field of CSV":        {"ASN,IP Prefix,Max Length,Trust Anchor\nAS64496,192.0.2.0/24,24,\"" + long + "\"\n", false},
		"a line of CSV":         {"ASN,IP Prefix,Max Length,Trust Anchor\nAS64496,192.0.2.0/24,24," + long + "\n", false},
	} {
		file := text(t, "vrps.json", c.content)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := tables.Decode(t, tables.Store(t), registry.ROAs{}, "ripe", file, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		runtime.ReadMemStats(&after)
		if (err == nil) != c.kept {
			t.Errorf("%s: %v", name, err)
		}
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; !c.kept && used > 20 { // of which 8 are the values before the bound, as they grow
			t.Errorf("%s: %d MB were allocated", name, used)
		}
	}
}
