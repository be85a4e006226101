package lookup

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
	"tidemark/internal/testkit/tables"
)

var measured = flag.String("store", "", "measure the scripts of this store")

var at = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// scripts are the scripts of a store by path.
type scripts map[string][]byte

func write(t testing.TB, s *Source) (scripts, *Index) {
	t.Helper()
	made := scripts{}
	index, err := s.Write(func(name string, content []byte) error {
		if made[name] != nil {
			return fmt.Errorf("%s is written twice", name)
		}
		made[name] = bytes.Clone(content)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return made, index
}

// open decodes a script as a browser does.
func (s scripts) open(t testing.TB, key string) (d shard) {
	t.Helper()
	content, ok := s[Folder+key+".js"]
	if !ok {
		t.Fatalf("there is no script %s", key)
	}
	_, text, _ := bytes.Cut(content, []byte("] = "))
	if err := json.Unmarshal(bytes.TrimSuffix(text, []byte(";\n")), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// fields undoes what lines does.
func fields(text string, columns int) (all [][]string) {
	if text == "" {
		return nil
	}
	last := make([]string, columns)
	for line := range strings.SplitSeq(text, "\n") {
		now := strings.Split(line, " ")
		shared, _ := strconv.ParseInt(now[0][:1], 36, 0)
		now[0] = last[0][:shared] + now[0][1:]
		for i := range columns {
			if i >= len(now) {
				now = append(now, "")
			}
			if now[i] == "" {
				now[i] = last[i]
			}
		}
		all = append(all, now)
		last = now
	}
	return all
}

// hostile is a name that must not get out of its script.
const hostile = "</script><img src=x onerror=alert(1)> \u202e & Co"

// model is a store of random routes, with what they are.
func model(t testing.TB, n int) (*table.Store, []datasets.RouteState) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	store := tables.Store(t)
	met := map[string]bool{}
	var rows []datasets.RouteState
	total, feeds := int64(40), int64(12)
	for len(rows) < n {
		var p netip.Prefix
		if random.IntN(3) > 0 {
			p = netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(1 + random.IntN(3)), byte(random.IntN(40)), byte(random.IntN(256)), 0}), 8+random.IntN(17)).Masked()
		} else {
			b := [16]byte{0x20, 1, byte(random.IntN(4)), byte(random.IntN(256)), 0, byte(random.IntN(4))}
			p = netip.PrefixFrom(netip.AddrFrom16(b), 16+random.IntN(49)).Masked()
		}
		row := datasets.RouteState{Time: at, Family: netaddr.Family(p.Addr()), Prefix: p.String(), PrefixLength: uint32(p.Bits()), OriginASN: uint32(1 + random.IntN(300)), FullFeedTotal: &total, FullFeedASes: &feeds,
			Verdict: "global", ROVState: []string{"valid", "invalid-origin", "not-found", "unknown"}[random.IntN(4)], BogonClass: []string{"none", "none", "unknown", "special-purpose"}[random.IntN(4)],
			ROADate: "2026-11-01", Holder: fmt.Sprintf("ripencc NL allocated model-%d", random.IntN(99)), ROVReason: fmt.Sprintf("%s-%d AS%d", p, random.IntN(32), random.IntN(300))}
		if random.IntN(3) == 0 {
			row.OriginASN = 7 // one with more routes than a script holds
		}
		if n := int64(random.IntN(40)); random.IntN(9) > 0 {
			row.FullFeedPeers = &n
		}
		if random.IntN(50) == 0 {
			row.OriginASN, row.OriginSet = 0, "{1,2}"
		}
		if random.IntN(20) == 0 {
			row.LeftOut = "longer than the filter"
		}
		if key := fmt.Sprint(p, row.OriginASN); !met[key] {
			met[key] = true
			rows = append(rows, row)
		}
	}
	tables.Commit(t, store, datasets.RouteStates, table.Key{Day: at, Name: "2026-11-01T00"}, rows...)
	var names []datasets.ASName
	for n := uint32(1); n < 200; n++ {
		names = append(names, datasets.ASName{FileDate: at, ASN: n, Name: fmt.Sprintf("NET-%d %s", n, hostile)})
	}
	tables.Commit(t, store, datasets.ASNames, table.Key{Day: at, Name: "names"}, names...)
	links := []datasets.ASLink{{Time: at, Family: 4, ASNA: 7, ASNB: 9, Relation: "provider", Basis: "top-down", Paths: 5, Vantages: 3, Of: 20}}
	for n := uint32(1000); n < 1070; n++ {
		links = append(links, datasets.ASLink{Time: at, Family: 6, ASNA: 7, ASNB: n, Relation: "provider", Basis: "clique", Paths: int64(n), Vantages: int64(n % 13), Of: 20})
	}
	tables.Commit(t, store, datasets.ASLinks, table.Key{Day: at, Name: "2026-11-01T00"}, links...)
	tables.Commit(t, store, datasets.ASPAs, table.Key{Day: at.AddDate(0, 0, -2), Name: "aspas"}, datasets.ASPA{FileDate: at.AddDate(0, 0, -2), Customer: 9, Provider: 7}, datasets.ASPA{FileDate: at.AddDate(0, 0, -2), Customer: 5000})
	tables.Commit(t, store, datasets.Delegations, table.Key{Day: at.AddDate(0, 0, -1), Name: "ripe"}, datasets.Delegation{FileDate: at.AddDate(0, 0, -1), Registry: "ripencc", Country: "NL", Type: "asn", Start: "5", Value: 5, Status: "allocated"},
		datasets.Delegation{FileDate: at.AddDate(0, 0, -1), Registry: "ripencc", Country: "NL", Type: "asn", Start: "4294967295", Value: 5, Status: "allocated"})
	return store, rows
}

func opened(t testing.TB, store *table.Store) *Source {
	t.Helper()
	s, err := Open(store)
	if err != nil || s == nil {
		t.Fatalf("%v, %v", s, err)
	}
	return s
}

// TestPrefixesLikeTwin compares what the script of an address has with what a loop over all routes finds.
func TestPrefixesLikeTwin(t *testing.T) {
	store, rows := model(t, 5000)
	made, index := write(t, opened(t, store))
	if len(index.Prefixes) < 5 {
		t.Fatalf("only %d scripts", len(index.Prefixes))
	}
	describe := func(r datasets.RouteState) string {
		n, reason := "-", r.ROVReason
		if r.FullFeedPeers != nil {
			n = strconv.FormatInt(*r.FullFeedPeers, 10)
		}
		return fmt.Sprint(r.Prefix, " ", r.OriginASN, r.OriginSet, " ", n, " ", r.ROVState, " ", r.BogonClass, " ", r.LeftOut, " ", strings.Join(strings.Fields(r.Holder)[:3], " "), " ", reason)
	}
	read := map[string]map[string]string{} // by script and route: the count of more specifics
	for _, first := range index.Prefixes {
		d := made.open(t, "prefix/"+prefixKey(first))
		text := func(at, own string) string {
			switch at {
			case none:
				return ""
			case ownPayload:
				return own
			}
			n, _ := strconv.Atoi(at)
			return d.Texts[n]
		}
		read[first] = map[string]string{}
		for _, f := range fields(d.Rows, 7) {
			n, _ := strconv.Atoi(f[3])
			s := d.States[n]
			_, bits, _ := strings.Cut(f[0], "/")
			read[first][fmt.Sprint(f[0], " ", f[1], s.Set, " ", f[2], " ", s.ROV, " ", s.Bogon, " ", s.LeftOut, " ", text(f[4], ""), " ", text(f[5], f[0]+"-"+bits+" AS"+f[1]))] = f[6]
		}
	}
	prefixes := map[netip.Prefix]bool{}
	for _, r := range rows {
		prefixes[netip.MustParsePrefix(r.Prefix)] = true
	}
	specifics := func(p netip.Prefix) (n int) {
		for q := range prefixes {
			if q.Bits() > p.Bits() && p.Contains(q.Addr()) {
				n++
			}
		}
		return n
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		asked := netip.MustParsePrefix(rows[random.IntN(len(rows))].Prefix)
		at := sort.Search(len(index.Prefixes), func(i int) bool {
			return netaddr.ComparePrefixes(netip.MustParsePrefix(index.Prefixes[i]), asked) > 0
		})
		got := read[index.Prefixes[at-1]]
		for _, r := range rows {
			if p := netip.MustParsePrefix(r.Prefix); p.Bits() <= asked.Bits() && p.Contains(asked.Addr()) {
				n, ok := got[describe(r)]
				if !ok {
					t.Fatalf("%s: the script %s lacks %s", asked, index.Prefixes[at-1], describe(r))
				}
				if want := strconv.Itoa(specifics(p)); n != want {
					t.Errorf("%s has %s more specific prefixes, want %s", p, n, want)
				}
			}
		}
	}
	all := map[string]bool{}
	for _, some := range read {
		for r := range some {
			all[r] = true
		}
	}
	if len(all) != len(rows) {
		t.Errorf("the scripts have %d routes, want %d", len(all), len(rows))
	}
}

// TestASesLikeTwin compares the totals, routes and neighbours of ASes with those that SQL finds.
func TestASesLikeTwin(t *testing.T) {
	store, _ := model(t, 5000)
	made, index := write(t, opened(t, store))
	type as struct {
		head         *asItem
		routes, near []string
		names        map[string]string
	}
	ases := map[uint32]*as{}
	parts := 0
	for _, key := range index.ASes {
		d := made.open(t, "as/"+key)
		for _, item := range d.ASes {
			if item.Part == 0 {
				ases[item.ASN] = &as{head: item, names: d.Names}
			} else if parts++; ases[item.ASN] == nil || !strings.HasPrefix(key, fmt.Sprint(item.ASN, "-", item.Part)) {
				t.Errorf("a part of AS%d is in %s", item.ASN, key)
			}
			for _, f := range fields(item.Rows, 3) {
				n, _ := strconv.Atoi(f[2])
				ases[item.ASN].routes = append(ases[item.ASN].routes, f[0]+" "+f[1]+" "+d.States[n].ROV)
			}
			for _, f := range fields(item.Links, 6) {
				relation, _ := strconv.Atoi(f[2])
				ases[item.ASN].near = append(ases[item.ASN].near, strings.Join([]string{f[1], f[0], d.Texts[relation], f[4], f[5]}, " "))
			}
		}
	}
	if parts == 0 {
		t.Error("no AS has two parts")
	}
	e, err := engine.Open(store, []*table.Schema{datasets.RouteStates.Schema}, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	found, err := e.Query(t.Context(), `SELECT CAST(origin_asn AS BIGINT), family, count(*) FILTER (WHERE left_out = ''), count(*) FILTER (WHERE rov_state = 'valid'), count(*) FILTER (WHERE rov_state LIKE 'invalid%'),
    count(*) FILTER (WHERE rov_state = 'not-found'), count(*) FILTER (WHERE rov_state = 'unknown'), count(*) FILTER (WHERE bogon_class = 'special-purpose'), count(*) FILTER (WHERE bogon_class = 'unknown'), count(*) FILTER (WHERE left_out <> '')
    FROM route_states WHERE origin_asn > 0 GROUP BY ALL`)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range found.Rows {
		asn := uint32(row[0].(int64))
		if ases[asn] == nil {
			t.Errorf("AS%d is missing", asn)
			continue
		}
		s := ases[asn].head.Families[fmt.Sprint(row[1])]
		if got, want := fmt.Sprint(s.Prefixes, s.Valid, s.Invalid, s.NotFound, s.Unknown, s.Bogons, s.Unjudged, s.LeftOut), strings.Trim(fmt.Sprint(row[2:]), "[]"); got != want {
			t.Errorf("AS%d, IPv%v: totals %s, want %s", asn, row[1], got, want)
		}
	}
	routes, err := e.Query(t.Context(), `SELECT prefix || ' ' || coalesce(CAST(full_feed_peers AS VARCHAR), '-') || ' ' || rov_state FROM route_states WHERE origin_asn = 7`)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, row := range routes.Rows {
		want = append(want, row[0].(string))
	}
	got := slices.Clone(ases[7].routes)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("AS7 has %d routes, want %d", len(got), len(want))
	}
	// Neighbours: what the AS is to the other is turned around for the other, and a list ends after fifty.
	if near := ases[9].near; len(near) != 1 || near[0] != "4 7 provider 5 3" {
		t.Errorf("AS9 has the neighbours %q", near)
	}
	if near := ases[7].near; len(near) != 51 || near[0] != "4 9 customer 5 3" || near[1] != "6 1065 customer 1065 12" {
		t.Errorf("AS7 has %d neighbours, the first are %q", len(near), near[:2])
	}
	if near := ases[7].head.Near; fmt.Sprint(near) != "map[4:[0 0 1 0] 6:[0 0 70 0]]" {
		t.Errorf("AS7 has the neighbours %v", near)
	}
	if h := ases[9].head; h.Holder != "ripencc NL allocated" || h.Day != "2026-10-31" || !slices.Equal(h.ASPA, []uint32{7}) {
		t.Errorf("AS9 is registered as %q on %s and lists %v", h.Holder, h.Day, h.ASPA)
	}
	if h := ases[5000]; h == nil || !slices.Equal(h.head.ASPA, []uint32{0}) || h.head.Holder != "" {
		t.Errorf("AS5000, which has an ASPA alone, is %+v", h)
	}
	if got := ases[7].head.Name; strings.ContainsAny(got, "\u202e") || !strings.HasPrefix(got, "NET-7 </script>") {
		t.Errorf("AS7 is called %q", got)
	}
}

// TestScripts: they are small (the names of the model are all escapes), the same each time, say of what they are, and a name cannot end one.
func TestScripts(t *testing.T) {
	store, _ := model(t, 5000)
	s := opened(t, store)
	made, index := write(t, s)
	again, _ := write(t, s)
	for name, content := range made {
		if len(content) > 48<<10 {
			t.Errorf("%s has %d bytes", name, len(content))
		}
		if !bytes.Equal(content, again[name]) {
			t.Errorf("%s differs the second time", name)
		}
		if bytes.Contains(content, []byte("<")) || bytes.Contains(content, []byte("\u202e")) {
			t.Errorf("%s has markup", name)
		}
	}
	b := index.Families["4"]
	if index.Time != "2026-11-01T00:00:00Z" || b.FullFeeds == nil || *b.FullFeeds != 40 || *b.FeedASes != 12 || b.Payloads != "2026-11-01" || b.Vantages != 20 || index.ASPAs != "2026-10-30" || index.Names != "2026-11-01" {
		t.Errorf("the index says %+v", index)
	}
}

// TestOneRouteMore: a route that comes changes few scripts.
func TestOneRouteMore(t *testing.T) {
	store, rows := model(t, 5000)
	before, _ := write(t, opened(t, store))
	row := rows[0]
	row.Prefix, row.PrefixLength, row.OriginASN = "2.20.7.128/25", 25, 250
	tables.Commit(t, store, datasets.RouteStates, table.Key{Day: at, Name: "2026-11-01T00"}, append(rows, row)...)
	after, _ := write(t, opened(t, store))
	changed := 0
	for name, content := range after {
		if !bytes.Equal(content, before[name]) {
			changed++
		}
	}
	if changed == 0 || changed > 8 {
		t.Errorf("%d of %d scripts changed", changed, len(after))
	}
}

// TestHour: a newer hour with few full feeds does not take the place of one with enough; without any, the newest is taken.
func TestHour(t *testing.T) {
	store := tables.Store(t)
	if s, err := Open(store); s != nil || err != nil {
		t.Fatalf("an empty store: %v, %v", s, err)
	}
	commit := func(day time.Time, feeds *int64) {
		tables.Commit(t, store, datasets.RouteStates, table.Key{Day: day, Name: day.Format("2006-01-02T15")}, datasets.RouteState{Time: day, Family: 4, Prefix: "192.0.2.0/24", PrefixLength: 24, OriginASN: 1, FullFeedASes: feeds})
	}
	few, enough := int64(1), int64(9)
	commit(at, nil)
	commit(at.AddDate(0, 0, 1), &few)
	if s := opened(t, store); !s.Time.Equal(at.AddDate(0, 0, 1)) {
		t.Errorf("chose %s", s.Time)
	}
	commit(at.AddDate(0, 0, -1), &enough)
	s := opened(t, store)
	if !s.Time.Equal(at.AddDate(0, 0, -1)) {
		t.Errorf("chose %s", s.Time)
	}
	made, index := write(t, s)
	if d := made.open(t, "prefix/192.0.2.0_24"); fields(d.Rows, 7)[0][2] != none || index.Families["4"].FullFeeds != nil || index.Families["4"].Payloads != "" {
		t.Errorf("unknown numbers are %s and %+v", d.Rows, index.Families)
	}
}

// BenchmarkWrite writes the scripts of the store that -store names, once: go test ./site/lookup -run '^$' -bench Write -benchtime 1x -v -args -store DIR.
func BenchmarkWrite(b *testing.B) {
	if *measured == "" {
		b.Skip("-store names the datasets of an installation")
	}
	s := opened(b, &table.Store{Dir: *measured})
	start := time.Now()
	sums, files, largest := map[string]int{}, map[string]int{}, 0
	index, err := s.Write(func(name string, content []byte) error {
		folder, _, _ := strings.Cut(strings.TrimPrefix(name, Folder), "/")
		sums[folder] += len(content)
		files[folder]++
		largest = max(largest, len(content))
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	status, _ := os.ReadFile("/proc/self/status")
	_, high, _ := strings.Cut(string(status), "VmHWM:")
	b.Logf("%s: %s, bytes %v, files %v, largest %d, words %d, heap from the system %d MB, VmHWM %s", s.Time, time.Since(start).Round(time.Millisecond), sums, files, largest, len(index.Words), m.HeapSys>>20, strings.Fields(high)[0])
}
