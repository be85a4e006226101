package routers

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/bmp"
	"tidemark/collectors/mrt/dump"
	"tidemark/internal/testkit"
)

// The speaker announces routes on one loopback address, the listener writes MRT on another.
const (
	speaker  = "127.0.0.11"
	listener = "127.0.0.12"
	wait     = 3 * time.Minute
)

// start runs a daemon in the foreground until the test ends.
func start(t *testing.T, dir, program string, arguments ...string) {
	log, err := os.Create(filepath.Join(dir, filepath.Base(program)+fmt.Sprint(len(arguments))+".out"))
	if err != nil {
		t.Fatal(err)
	}
	c := testkit.Server(program, arguments...)
	c.Dir, c.Stdout, c.Stderr = dir, log, log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
		log.Close()
		if t.Failed() {
			b, _ := os.ReadFile(log.Name())
			t.Logf("%s:\n%s", log.Name(), b)
		}
	})
}

// capture writes the packets of two ports of loopback into a file until the test ends. Only root may.
func capture(t *testing.T, dir string, ports [2]int) string {
	t.Helper()
	file := filepath.Join(dir, "session.pcapng")
	start(t, dir, testkit.Need(t, "dumpcap"), "-q", "-i", "lo", "-f", fmt.Sprintf("tcp port %d or tcp port %d", ports[0], ports[1]), "-w", file)
	until(t, "a capture", func() bool {
		info, err := os.Stat(file)
		return err == nil && info.Size() > 0
	})
	return file
}

func write(t *testing.T, path, text string) string {
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// addPath holds for which families ADD-PATH (RFC 7911) is negotiated.
type addPath struct{ v4, v6 bool }

var addPaths = []addPath{{false, false}, {true, true}, {true, false}, {false, true}}

func (a addPath) of(prefix string) bool {
	if strings.Contains(prefix, ":") {
		return a.v6
	}
	return a.v4
}

// prefixes is how many routes of each family are announced.
const prefixes = 150

// speak starts BIRD as the speaker: static routes with paths, communities and metrics that follow from their number.
func speak(t *testing.T, bird, dir string, ports [2]int, asn int, with addPath) {
	add := func(family bool) string {
		if family {
			return "add paths tx;"
		}
		return ""
	}
	var conf strings.Builder
	conf.WriteString("router id 10.0.0.1;\nprotocol device {}\n")
	for _, family := range []struct {
		name   string
		prefix func(i int) string
	}{
		{"4", func(i int) string { return fmt.Sprintf("10.%d.%d.0/24", i/16, i) }},
		{"6", func(i int) string { return fmt.Sprintf("2001:db8:%x::/48", i+1) }},
	} {
		var routes, filter strings.Builder
		for i := range prefixes {
			fmt.Fprintf(&routes, "route %s blackhole;\n", family.prefix(i))
			fmt.Fprintf(&filter, "if net = %s then { %s}\n", family.prefix(i), attributes(i))
		}
		fmt.Fprintf(&conf, "protocol static s%[1]s { ipv%[1]s; %[2]s }\nfilter out%[1]s {\n%[3]saccept;\n}\n", family.name, routes.String(), filter.String())
	}
	fmt.Fprintf(&conf, `protocol bgp p { local %s port %d as 64501; neighbor %s port %d as %d; multihop; connect retry time 1; connect delay time 1;
	ipv4 { import none; export filter out4; next hop address 192.0.2.11; %s };
	ipv6 { import none; export filter out6; next hop address 2001:db8:ffff::11; %s };
}
`, speaker, ports[0], listener, ports[1], asn, add(with.v4), add(with.v6))
	write(t, filepath.Join(dir, "speaker.conf"), conf.String())
	start(t, dir, bird, "-f", "-c", "speaker.conf", "-s", "speaker.sock", "-P", "speaker.pid")
}

// attributes are BIRD's statements for route i.
func attributes(i int) (s string) {
	if i%2 == 0 {
		s += fmt.Sprintf("bgp_path.prepend(%d); ", 4200000000+i)
	}
	if i%3 == 0 {
		s += fmt.Sprintf("bgp_path.prepend(64600); bgp_path.prepend(64600); bgp_med = %d; ", 1000+i)
	}
	if i%4 == 0 {
		s += fmt.Sprintf("bgp_community.add((64501, %d)); bgp_community.add((65535, 65281)); bgp_community.add((1, 7)); ", i)
	}
	if i%5 == 0 {
		s += fmt.Sprintf("bgp_large_community.add((4200000001, %d, 2)); bgp_large_community.add((1, 2, 3)); ", i)
	}
	if i%7 == 0 {
		s += fmt.Sprintf("bgp_ext_community.add((rt, 64501, %d)); bgp_ext_community.add((ro, 10.0.0.1, 9)); ", i)
	}
	if i%11 == 0 {
		s += "bgp_origin = ORIGIN_INCOMPLETE; "
	}
	return s
}

// route is what both a daemon and an MRT file say of a route.
type route struct {
	Prefix, Path, NextHop, Origin, Communities, Large, Extended string
	MED                                                         int64
}

// element is a JSON line of tidemark mrt dump.
type element struct {
	Kind        string   `json:"kind"`
	PeerAddress string   `json:"peer_address"`
	Subtype     string   `json:"subtype"`
	Prefix      string   `json:"prefix"`
	PathID      *uint32  `json:"path_id"`
	Path        []int64  `json:"as_path"`
	NextHop     string   `json:"next_hop"`
	Origin      string   `json:"origin"`
	MED         int64    `json:"med"`
	Plain       []string `json:"communities"`
	Large       []string `json:"large_communities"`
	Ext         []string `json:"extended_communities"`
}

func (e element) route() route {
	sorted := func(s []string) string { return strings.Join(slices.Sorted(slices.Values(s)), " ") }
	return route{e.Prefix, strings.Trim(fmt.Sprint(e.Path), "[]"), e.NextHop, e.Origin, sorted(e.Plain), sorted(e.Large), sorted(e.Ext), e.MED}
}

// read returns the elements of an MRT file or a capture, and what is wrong with it: a daemon that still writes it may be within a record.
func read(t *testing.T, path string) (all []element, wrong error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	report := func(err error) { wrong = errors.Join(wrong, err) }
	in, err := bmp.Content(bufio.NewReader(f), path, report)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := dump.Run(context.Background(), in, path, &dump.Options{Format: dump.JSON}, &out, report); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out.Bytes()) {
		var e element
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, e)
	}
	return all, wrong
}

// table returns what the messages of a file leave behind, or what a table dump holds.
func table(t *testing.T, path string, with addPath) map[string]route {
	t.Helper()
	elements, err := read(t, path)
	if err != nil {
		t.Error(err)
	}
	return tableOf(t, path, elements, with)
}

func tableOf(t *testing.T, path string, elements []element, with addPath) map[string]route {
	t.Helper()
	routes := map[string]route{}
	for _, e := range elements {
		switch e.Kind {
		case "announce", "rib":
			routes[e.Prefix] = e.route()
			if with.of(e.Prefix) != (e.PathID != nil) {
				t.Errorf("%s: %s of %s in %s: a path identifier: %v", path, e.Kind, e.Prefix, e.Subtype, e.PathID != nil)
			}
		case "withdraw":
			delete(routes, e.Prefix)
		}
	}
	return routes
}

func compare(t *testing.T, what string, got, want map[string]route) {
	t.Helper()
	for _, prefix := range slices.Sorted(maps.Keys(want)) {
		if got[prefix] != want[prefix] {
			t.Fatalf("%s: %s is\n%+v\nthe daemon has\n%+v", what, prefix, got[prefix], want[prefix])
		}
	}
	if len(got) != len(want) || len(want) != 2*prefixes {
		t.Errorf("%s: %d routes, the daemon has %d of %d", what, len(got), len(want), 2*prefixes)
	}
}

// until polls until ready or the time is over.
func until(t *testing.T, what string, ready func() bool) {
	t.Helper()
	for end := time.Now().Add(wait); !ready(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, wait)
		}
	}
}

func TestBIRD(t *testing.T) {
	bird, birdc := testkit.Need(t, "bird", "/usr/sbin/bird"), testkit.Need(t, "birdc", "/usr/sbin/birdc")
	for _, with := range addPaths {
		t.Run(fmt.Sprintf("ADD-PATH=%+v", with), func(t *testing.T) {
			dir := t.TempDir()
			ports := [2]int{testkit.FreePort(t), testkit.FreePort(t)}
			add := func(family bool, what string) string {
				if family {
					return what
				}
				return ""
			}
			const rx, always = "add paths rx;", "always add path;"
			write(t, filepath.Join(dir, "listener.conf"), fmt.Sprintf(`
router id 10.0.0.2;
mrtdump "messages.mrt";
protocol device {}
protocol mrt m4 { table "master4"; filename "master4.%%s.rib"; period 1; %s }
protocol mrt m6 { table "master6"; filename "master6.%%s.rib"; period 1; %s }
protocol bgp p { local %s port %d as 64502; neighbor %s port %d as 64501; multihop; connect retry time 1; mrtdump { states, messages };
	ipv4 { import all; export none; %s }; ipv6 { import all; export none; %s }; }
`, add(with.v4, always), add(with.v6, always), listener, ports[1], speaker, ports[0], add(with.v4, rx), add(with.v6, rx)))
			start(t, dir, bird, "-f", "-c", "listener.conf", "-s", "listener.sock", "-P", "listener.pid")
			captured := ""
			if os.Geteuid() == 0 {
				captured = capture(t, dir, ports)
			}
			speak(t, bird, dir, ports, 64502, with)
			show := func() string {
				out, _ := exec.Command(birdc, "-s", filepath.Join(dir, "listener.sock"), "show", "route", "all").Output()
				return string(out)
			}
			until(t, "routes in BIRD", func() bool { return strings.Count(show(), "BGP.as_path") == 2*prefixes })
			want := birdRoutes(show())
			newest := func(table string) string {
				files, _ := filepath.Glob(filepath.Join(dir, table+".*.rib"))
				slices.Sort(files)
				if len(files) < 2 {
					return ""
				}
				return files[len(files)-2] // the last may still be written
			}
			got := map[string]route{}
			until(t, "table dumps", func() bool {
				clear(got)
				for _, name := range []string{"master4", "master6"} {
					if file := newest(name); file != "" {
						maps.Copy(got, table(t, file, with))
					}
				}
				return len(got) == 2*prefixes
			})
			compare(t, "table dump", got, want)
			compare(t, "messages", table(t, filepath.Join(dir, "messages.mrt"), with), want)
			if captured == "" {
				return
			}
			until(t, "packets", func() bool {
				elements, _ := read(t, captured)
				got = tableOf(t, captured, elements, with)
				return len(got) == 2*prefixes
			})
			compare(t, "capture", got, want)
		})
	}
}

// birdRoutes reads `birdc show route all`.
func birdRoutes(text string) map[string]route {
	routes := map[string]route{}
	var r route
	tuple := regexp.MustCompile(`\(([^)]*)\)`)
	list := func(s string) string {
		var all []string
		for _, m := range tuple.FindAllStringSubmatch(s, -1) {
			c := strings.ReplaceAll(strings.ReplaceAll(m[1], " ", ""), ",", ":")
			c = strings.ReplaceAll(c, "ro:", "soo:")
			if c == "65535:65281" {
				c = "no-export"
			}
			all = append(all, c)
		}
		return strings.Join(slices.Sorted(slices.Values(all)), " ")
	}
	for line := range strings.Lines(text + "\nend") {
		if fields := strings.Fields(line); len(fields) > 0 && line[0] != '\t' {
			if r.Prefix != "" {
				routes[r.Prefix] = r
			}
			r = route{}
			if strings.Contains(fields[0], "/") {
				r.Prefix = fields[0]
			}
			continue
		}
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "BGP.origin":
			r.Origin = strings.ToLower(value)
		case "BGP.as_path":
			r.Path = value
		case "BGP.next_hop":
			r.NextHop = value
		case "BGP.med":
			fmt.Sscan(value, &r.MED)
		case "BGP.community":
			r.Communities = list(value)
		case "BGP.large_community":
			r.Large = list(value)
		case "BGP.ext_community":
			r.Extended = list(value)
		}
	}
	return routes
}

func TestFRR(t *testing.T) {
	bird, bgpd, vtysh := testkit.Need(t, "bird", "/usr/sbin/bird"), testkit.Need(t, "/usr/lib/frr/bgpd"), testkit.Need(t, "vtysh")
	for _, with := range addPaths {
		t.Run(fmt.Sprintf("ADD-PATH=%+v", with), func(t *testing.T) {
			dir := t.TempDir()
			ports := [2]int{testkit.FreePort(t), testkit.FreePort(t)}
			noAdd := func(family bool) string {
				if family {
					return ""
				}
				return " neighbor " + speaker + " disable-addpath-rx\n"
			}
			write(t, filepath.Join(dir, "bgpd.conf"), fmt.Sprintf(`dump bgp all %[1]s/messages.mrt
dump bgp routes-mrt %[1]s/routes.rib 2
router bgp 64503
 bgp router-id 10.0.0.3
 no bgp ebgp-requires-policy
 neighbor %[2]s remote-as 64501
 neighbor %[2]s port %[3]d
 neighbor %[2]s ebgp-multihop 5
 neighbor %[2]s update-source %[4]s
 neighbor %[2]s timers connect 1
 address-family ipv4 unicast
  neighbor %[2]s activate
%[5]s exit-address-family
 address-family ipv6 unicast
  neighbor %[2]s activate
%[6]s exit-address-family
`, dir, speaker, ports[0], listener, noAdd(with.v4), noAdd(with.v6)))
			speak(t, bird, dir, ports, 64503, with)
			start(t, dir, bgpd, "-Z", "-S", "-n", "-f", filepath.Join(dir, "bgpd.conf"), "-i", filepath.Join(dir, "bgpd.pid"), "--vty_socket", dir,
				"-p", fmt.Sprint(ports[1]), "-l", listener, "-P", "0", "--log", "stdout")
			ask := func(commands ...string) []byte {
				arguments := []string{"--vty_socket", dir}
				for _, c := range commands {
					arguments = append(arguments, "-c", c)
				}
				out, _ := exec.Command(vtysh, arguments...).Output()
				return out
			}
			var details []string
			until(t, "routes in FRR", func() bool {
				details = details[:0]
				for _, family := range []string{"ipv4", "ipv6"} {
					var all struct {
						Routes map[string]any `json:"routes"`
					}
					json.Unmarshal(ask("show bgp "+family+" unicast json"), &all) // what is not there yet comes later
					for prefix := range all.Routes {
						details = append(details, "show bgp "+family+" unicast "+prefix+" json")
					}
				}
				return len(details) == 2*prefixes
			})
			want := map[string]route{}
			for chunk := range slices.Chunk(details, 50) {
				maps.Copy(want, frrRoutes(t, ask(chunk...), with))
			}
			compare(t, "messages", table(t, filepath.Join(dir, "messages.mrt"), with), want)
			got := map[string]route{}
			until(t, "a whole table dump", func() bool {
				clear(got)
				// FRR writes all dumps into one file, also while it is read here, and decides by itself where table dumps get path identifiers.
				file := filepath.Join(dir, "routes.rib")
				elements, err := read(t, file)
				if err != nil {
					return false
				}
				maps.Copy(got, tableOf(t, file, elements, withIDs(elements)))
				return len(got) == 2*prefixes
			})
			for prefix, r := range want { // FRR leaves extended communities out of its table dumps
				r.Extended = ""
				want[prefix] = r
			}
			compare(t, "table dump", got, want)
		})
	}
}

// withIDs returns for which families the elements have path identifiers.
func withIDs(elements []element) addPath {
	has := func(v6 bool) bool {
		return slices.ContainsFunc(elements, func(e element) bool { return e.PathID != nil && strings.Contains(e.Prefix, ":") == v6 })
	}
	return addPath{has(false), has(true)}
}

// frrRoutes reads the answers to `show bgp … PREFIX json`, one after the other.
func frrRoutes(t *testing.T, text []byte, with addPath) map[string]route {
	type list struct {
		String string `json:"string"`
	}
	type answer struct {
		Prefix string `json:"prefix"`
		Paths  []struct {
			ASPath   list   `json:"aspath"`
			Origin   string `json:"origin"`
			Metric   int64  `json:"metric"`
			Plain    list   `json:"community"`
			Large    list   `json:"largeCommunity"`
			Extended list   `json:"extendedCommunity"`
			PathID   int    `json:"addpathRxId"`
			NextHops []struct {
				IP string `json:"ip"`
			} `json:"nexthops"`
		} `json:"paths"`
	}
	words := func(l list) string {
		s := strings.NewReplacer("RT:", "rt:", "SoO:", "soo:").Replace(l.String)
		return strings.Join(slices.Sorted(slices.Values(strings.Fields(s))), " ")
	}
	routes := map[string]route{}
	for d := json.NewDecoder(bytes.NewReader(text)); d.More(); {
		var a answer
		if err := d.Decode(&a); err != nil {
			t.Fatal(err)
		}
		if len(a.Paths) != 1 || len(a.Paths[0].NextHops) == 0 || with.of(a.Prefix) != (a.Paths[0].PathID != 0) {
			t.Fatalf("FRR says %+v", a)
		}
		p := a.Paths[0]
		routes[a.Prefix] = route{
			Prefix: a.Prefix, Path: p.ASPath.String, Origin: strings.ToLower(p.Origin), MED: p.Metric, NextHop: p.NextHops[0].IP,
			Communities: words(p.Plain), Large: words(p.Large), Extended: words(p.Extended),
		}
	}
	return routes
}
