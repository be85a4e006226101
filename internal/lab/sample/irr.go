package sample

import (
	"fmt"
	"strings"
	"time"
)

// routeObjects returns a dump of an invented routing registry at the end of each of the last two years, in RPSL. Two networks in three
// keep their blocks in it; some objects still name the AS that had the block before, or are for more specifics that nobody announces.
func routeObjects() map[string][]byte {
	files := map[string][]byte{}
	for _, year := range []int{lastYear - 1, lastYear} {
		day := time.Date(year-1, 12, 31, 0, 0, 0, 0, time.UTC)
		var b strings.Builder
		fmt.Fprintf(&b, "%% Route objects of the model, %s\n\nmntner: MNT-MODEL\nauth: NONE\nsource: MODEL\n", day.Format(time.DateOnly))
		add := func(class, prefix string, origin uint32, since int) {
			fmt.Fprintf(&b, "\n%s: %s\norigin: AS%d\nmnt-by: MNT-MODEL\ncreated: %d-02-01T00:00:00Z\nlast-modified: %d-02-01T00:00:00Z\nsource: MODEL\n", class, prefix, origin, since, since)
		}
		for i, n := range networks() {
			if n.founded >= year || lot(i, 23) > 0.66 {
				continue
			}
			origin := n.asn
			if i%17 == 3 {
				origin++ // of the holder before
			}
			add("route", block4(i).String(), origin, n.founded)
			if i%13 == 5 {
				add("route", fmt.Sprintf("%s/22", block4(i).Addr()), n.asn, n.founded)
			}
			if n.v6Since < year {
				add("route6", block6(i).String(), n.asn, n.v6Since)
			}
		}
		files[fmt.Sprintf("irr-model.%s.db", day.Format("20060102"))] = []byte(b.String())
	}
	return files
}

// organisations returns a file in the format of CAIDA's as2org: every fifth network has the organisation of the one before of the same
// registry.
func organisations() []byte {
	var orgs, ases strings.Builder
	for i, n := range networks() {
		holder, registry := i, registries[i%5]
		if i%25 >= 20 {
			holder = i - 5
		} else {
			fmt.Fprintf(&orgs, "ORG-%d|%d0601|Model Network %d|%s|%s\n", i, n.founded-1, i, countryOf(i), registry.name)
		}
		fmt.Fprintf(&ases, "%d|%d0601|MODEL-%d|ORG-%d||%s\n", n.asn, n.founded-1, i, holder, registry.name)
	}
	return []byte("# name: AS Org of the model\n# format:org_id|changed|org_name|country|source\n" + orgs.String() + "# format:aut|changed|aut_name|org_id|opaque_id|source\n" + ases.String())
}
