package registry_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/registry"
	"tidemark/datasets"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
)

// irrLines returns rows as text, one a line.
func irrLines(rows []datasets.IRRRoute) (lines []string) {
	for _, r := range rows {
		created, changed := "unknown", "unknown"
		if r.Created != nil {
			created = r.Created.Format(time.RFC3339)
		}
		if r.LastModified != nil {
			changed = r.LastModified.Format(time.RFC3339)
		}
		lines = append(lines, fmt.Sprintf("%s %d %s %d AS%d by %q of %q, %s to %s", r.Source, r.Family, r.Prefix, r.PrefixLength, r.OriginASN, r.MntBy, r.MemberOf, created, changed))
	}
	return lines
}

// TestIRRRoutes reads what RPSL allows: comments, continuation lines of each sort, attributes in any case and number, text in ISO 8859-1,
// lines with carriage returns, objects of other classes, and a last object without an end.
func TestIRRRoutes(t *testing.T) {
	dump := "#\n# The contents of this file are subject to \n# RIPE Database Terms and Conditions\n%\n\n\n" +
		"route:          192.0.2.0/24\ndescr:          Universit\xe9\norigin:         AS64496 # ours\nmnt-by:         EXAMPLE-MNT, OTHER-MNT\nmnt-by:         third-mnt\n" +
		"member-of:      RS-ONE,\n                RS-TWO\n+\n+               RS-THREE # the last\nremarks:        origin: AS1\n\torigin: AS2\ncreated:        2001-09-22T09:34:28Z\n" +
		"last-modified:  2019-02-05T10:36:54Z\nsource:         RIPE # Filtered\n   \t \n" +
		"mntner:         EXAMPLE-MNT\nroute:          10.0.0.0/8\norigin:         AS1\nsource:         RIPE\n\n" +
		"ROUTE6:2001:DB8:0::/32\r\nOrigin: as64497\r\n# a remark between\r\nSOURCE: radb\r\nroute:          10.0.0.0/8\r\n\r\n" +
		"no attribute\n\n  starts with a continuation\n\n" +
		"route:\n+  198.51.100.0/24\norigin:\n AS64498\nsource: ALTDB"
	store, m, err := decode(t, registry.IRRRoutes{}, text(t, "ripe.db.route", dump), day)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`RIPE 4 192.0.2.0/24 24 AS64496 by "EXAMPLE-MNT OTHER-MNT third-mnt" of "RS-ONE RS-TWO RS-THREE", 2001-09-22T09:34:28Z to 2019-02-05T10:36:54Z`,
		`RADB 6 2001:db8::/32 32 AS64497 by "" of "", unknown to unknown`,
		`ALTDB 4 198.51.100.0/24 24 AS64498 by "" of "", unknown to unknown`,
	}
	if got := irrLines(tables.Rows(t, store, datasets.IRRRoutes, m)); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	wantCounts(t, m, 3, 3)
	if m.Noted["object of class mntner not used"] != 1 || m.Noted["object of class unknown not used"] != 2 {
		t.Errorf("noted %v", m.Noted)
	}
}

// TestIRRMistakes: an object that is wrong is rejected for a reason, and costs no other.
func TestIRRMistakes(t *testing.T) {
	good := "route: 192.0.2.0/24\norigin: AS64496\nsource: TEST\n\n"
	for object, reason := range map[string]string{
		"route: 192.0.2.1/24\norigin: AS1\nsource: TEST\n":                                              "malformed prefix",
		"route: 192.0.2.0\norigin: AS1\nsource: TEST\n":                                                 "malformed prefix",
		"route:\norigin: AS1\nsource: TEST\n":                                                           "malformed prefix",
		"route: 2001:db8::/32\norigin: AS1\nsource: TEST\n":                                             "malformed prefix",
		"route6: 192.0.2.0/24\norigin: AS1\nsource: TEST\n":                                             "malformed prefix",
		"route6: ::ffff:192.0.2.0/120\norigin: AS1\nsource: TEST\n":                                     "malformed prefix",
		"route: 192.0.2.0/24\nsource: TEST\n":                                                           "missing or malformed origin",
		"route: 192.0.2.0/24\norigin: AS4294967296\nsource: TEST\n":                                     "missing or malformed origin",
		"route: 192.0.2.0/24\norigin: AS-SET\nsource: TEST\n":                                           "missing or malformed origin",
		"route: 192.0.2.0/24\norigin: AS1\n":                                                            "no source",
		"route: 192.0.2.0/24\norigin: AS1\nmnt-by: " + strings.Repeat("x", 64<<10) + "\nsource: x\n":    "object too long",
		"route: 192.0.2.0/24\norigin: AS1\n" + strings.Repeat("mnt-by: x\n", 4<<10) + "source: x\n":     "object too long",
		"route: 192.0.2.0/24\norigin: AS1\nmnt-by: x\n" + strings.Repeat(" x\n", 8<<10) + "source: x\n": "object too long",
	} {
		_, m, err := decode(t, registry.IRRRoutes{}, text(t, "x.db", good+object+"\n"+good), day)
		if err != nil {
			t.Errorf("%.80q: %v", object, err)
			continue
		}
		wantCounts(t, m, 3, 2)
		wantRejected(t, m, reason, 1)
	}
}

// TestIRRPublished reads real dumps of RIPE's test database and of one AS, whose objects were counted by hand.
func TestIRRPublished(t *testing.T) {
	store, m, err := decode(t, registry.IRRRoutes{}, testkit.Data(t, "irr/whois-TEST.db.txt.gz"), day)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`TEST 4 10.11.11.0/24 24 AS101111 by "EXAMPLE-MNT" of "", unknown to unknown`}
	if got := irrLines(tables.Rows(t, store, datasets.IRRRoutes, m)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for class, want := range map[string]int{"as-block": 1, "as-set": 1, "aut-num": 34, "domain": 3, "inet6num": 32, "inetnum": 36, "key-cert": 1, "mntner": 40,
		"organisation": 33, "person": 37, "role": 1} {
		if got := int(m.Noted["object of class "+class+" not used"]); got != want {
			t.Errorf("%d objects of class %s, want %d", got, class, want)
		}
	}
	if len(m.Noted) != 11 {
		t.Errorf("noted %v, want 11 classes", m.Noted)
	}
	_, _, err = decode(t, registry.IRRRoutes{}, testkit.Data(t, "irr/AS3257.rpsl.txt.gz"), day)
	if err == nil || !strings.Contains(err.Error(), "holds no route objects, but objects of other classes: aut-num 1") {
		t.Errorf("the object of an AS: %v", err)
	}
}

// TestIRRMemory: what an object has of long lines, of lines and of objects that are not used is not held.
func TestIRRMemory(t *testing.T) {
	const size = 32 << 20
	good := "route: 192.0.2.0/24\norigin: AS64496\nsource: TEST\n\n"
	for name, content := range map[string]string{
		"a line":                good + "route: 192.0.2.0/24\norigin: AS1\nremarks: " + strings.Repeat("x", size) + "\nsource: x\n",
		"a used line":           good + "route: 192.0.2.0/24\norigin: " + strings.Repeat("1", size) + "\nsource: x\n",
		"carriage returns":      good + strings.Repeat("\r", size),
		"blanks":                good + strings.Repeat(" ", size),
		"attributes":            good + "route: 192.0.2.0/24\n" + strings.Repeat("mnt-by:\n", size/8),
		"continuations":         good + "route: 192.0.2.0/24\n" + strings.Repeat("+\n", size/2),
		"an object of no route": good + "person: x\n" + strings.Repeat("route: x\n", size/9),
	} {
		file := text(t, "x.db", content)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, m, err := decode(t, registry.IRRRoutes{}, file, day)
		runtime.ReadMemStats(&after)
		if err != nil || m.Rows < 1 {
			t.Errorf("%s: %v", name, err)
		}
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 20 {
			t.Errorf("%s: %d MB were allocated", name, used)
		}
	}
}
