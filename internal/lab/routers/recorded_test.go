package routers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/archive"
	"tidemark/collectors/record"
	"tidemark/internal/testkit"
)

// recording is a recorder at work.
type recording struct {
	*record.Recorder
	t     *testing.T
	files *archive.Archive
	stop  func()
}

// startRecording starts a recorder of the settings.
func startRecording(t *testing.T, s *record.Settings) *recording {
	t.Helper()
	dir := t.TempDir()
	if err := s.Check(dir); err != nil {
		t.Fatal(err)
	}
	files := &archive.Archive{Dir: filepath.Join(dir, "archive")}
	r, err := record.Open(s, record.Options{Files: files, State: filepath.Join(dir, "record.json"), Keep: func(_ context.Context, raw archive.Raw, file string) error {
		_, _, err := files.Keep(raw, file)
		return err
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	stopped := false
	stop := func() {
		if cancel(); !stopped {
			stopped = true
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(stop)
	return &recording{r, t, files, stop}
}

// updates returns how many UPDATE messages all peers have sent, and how many of them are up.
func (r *recording) updates() (n int64, up int) {
	for _, p := range r.Status().Peers {
		n += p.Updates
		if p.Up {
			up++
		}
	}
	return n, up
}

// settle waits until nothing has come for two seconds.
func (r *recording) settle() {
	r.t.Helper()
	until(r.t, "quiet", func() bool {
		before, _ := r.updates()
		time.Sleep(2 * time.Second)
		after, _ := r.updates()
		return before == after
	})
}

// elements returns what the files in the archive hold, once the recorder has stopped.
func (r *recording) elements() (all []element) {
	r.t.Helper()
	r.stop()
	raws, err := r.files.List("mrt")
	if err != nil || len(raws) == 0 {
		r.t.Fatal(raws, err)
	}
	for _, raw := range raws {
		in, err := raw.Open()
		if err != nil {
			r.t.Fatal(err)
		}
		file := write(r.t, filepath.Join(r.t.TempDir(), raw.Name+".mrt"), "")
		out, err := os.Create(file)
		if err == nil {
			_, err = out.ReadFrom(in)
		}
		if err = errors.Join(err, in.Close(), out.Close()); err != nil {
			r.t.Fatal(err)
		}
		some, err := read(r.t, file)
		if err != nil {
			r.t.Error(err)
		}
		all = append(all, some...)
	}
	return all
}

// birdTable returns what BIRD learns from the speaker: the oracle of what others learn of it.
func birdTable(t *testing.T, bird, birdc string) map[string]route {
	t.Helper()
	dir := t.TempDir()
	ports := [2]int{testkit.FreePort(t), testkit.FreePort(t)}
	write(t, filepath.Join(dir, "listener.conf"), fmt.Sprintf(`
router id 10.0.0.2;
protocol device {}
protocol bgp p { local %s port %d as 64502; neighbor %s port %d as 64501; multihop; connect retry time 1;
	ipv4 { import all; export none; }; ipv6 { import all; export none; }; }
`, listener, ports[1], speaker, ports[0]))
	start(t, dir, bird, "-f", "-c", "listener.conf", "-s", "listener.sock", "-P", "listener.pid")
	speak(t, bird, dir, ports, 64502, addPath{})
	show := func() string {
		out, _ := exec.Command(birdc, "-s", filepath.Join(dir, "listener.sock"), "show", "route", "all").Output()
		return string(out)
	}
	until(t, "routes in BIRD", func() bool { return strings.Count(show(), "BGP.as_path") == 2*prefixes })
	return birdRoutes(show())
}

// TestRecordBIRD: what BIRD announces to the recorder is what the recorder's files hold, with and without ADD-PATH, and through restarts.
func TestRecordBIRD(t *testing.T) {
	bird, birdc := testkit.Need(t, "bird", "/usr/sbin/bird"), testkit.Need(t, "birdc", "/usr/sbin/birdc")
	want := birdTable(t, bird, birdc)
	for _, with := range addPaths {
		for _, passive := range []bool{true, false} {
			t.Run(fmt.Sprintf("ADD-PATH=%+v,passive=%v", with, passive), func(t *testing.T) {
				dir := t.TempDir()
				ports := [2]int{testkit.FreePort(t), testkit.FreePort(t)}
				r := startRecording(t, &record.Settings{
					Collector: "here", ASN: 64502, RouterID: "10.0.0.2", Listen: []string{fmt.Sprintf("%s:%d", listener, ports[1])},
					Peers: []record.Peer{{Address: fmt.Sprintf("%s:%d", speaker, ports[0]), Local: listener, ASN: 64501, Passive: passive}},
				})
				speak(t, bird, dir, ports, 64502, with)
				complete := func() bool {
					_, up := r.updates()
					out, _ := exec.Command(birdc, "-s", filepath.Join(dir, "speaker.sock"), "show", "protocols", "all", "p").Output()
					return up == 1 && strings.Count(string(out), fmt.Sprintf("%d exported", prefixes)) == 2
				}
				until(t, "a session", complete)
				exec.Command(birdc, "-s", filepath.Join(dir, "speaker.sock"), "restart", "p").Run() // a flap
				until(t, "a session again", complete)
				r.settle() // BIRD has exported when it has queued
				elements := r.elements()
				compare(t, "files", tableOf(t, "files", elements, with), want)
				states := 0
				for _, e := range elements {
					if e.Kind == "state" {
						states++
					}
				}
				if states < 8 {
					t.Errorf("%d changes of state, want those of two sessions", states)
				}
				if shown := show(t, birdc, dir); strings.Contains(shown, "unicast") {
					t.Errorf("BIRD has routes from the recorder:\n%s", shown)
				}
			})
		}
	}
}

// show returns the routes that BIRD has learned over BGP.
func show(t *testing.T, birdc, dir string) string {
	t.Helper()
	out, err := exec.Command(birdc, "-s", filepath.Join(dir, "speaker.sock"), "show", "route", "protocol", "p").Output()
	if err != nil {
		t.Error(err)
	}
	_, routes, _ := strings.Cut(string(out), "ready.")
	return routes
}

// TestRecordFRR: FRR with the routes of BIRD announces them to the recorder over BGP, and reports them over BMP; both are recorded. Of
// what the recorder would announce FRR has nothing.
func TestRecordFRR(t *testing.T) {
	bird, birdc := testkit.Need(t, "bird", "/usr/sbin/bird"), testkit.Need(t, "birdc", "/usr/sbin/birdc")
	bgpd, vtysh := testkit.Need(t, "/usr/lib/frr/bgpd"), testkit.Need(t, "vtysh")
	want := birdTable(t, bird, birdc)
	const router, collector = "127.0.0.13", "127.0.0.14"
	dir := t.TempDir()
	bgpPort, bmpPort := testkit.FreePort(t), testkit.FreePort(t)
	ports := [2]int{testkit.FreePort(t), testkit.FreePort(t)}
	r := startRecording(t, &record.Settings{
		Collector: "here", ASN: 64504, RouterID: "10.0.0.4", Listen: []string{fmt.Sprintf("%s:%d", collector, bgpPort)},
		Peers: []record.Peer{{Address: router, ASN: 64503, Passive: true}},
		BMP:   record.BMP{Listen: fmt.Sprintf("%s:%d", collector, bmpPort), Routers: []string{"127.0.0.0/8"}},
	})
	neighbor := func(address, local string, port, asn int) string {
		return fmt.Sprintf(` neighbor %[1]s remote-as %[4]d
 neighbor %[1]s port %[3]d
 neighbor %[1]s ebgp-multihop 5
 neighbor %[1]s update-source %[2]s
 neighbor %[1]s timers connect 1
`, address, local, port, asn)
	}
	family := func(name string) string {
		return fmt.Sprintf(" address-family %[1]s unicast\n  neighbor %[2]s activate\n  neighbor %[2]s soft-reconfiguration inbound\n  neighbor %[3]s activate\n exit-address-family\n", name, speaker, collector)
	}
	write(t, filepath.Join(dir, "bgpd.conf"), "router bgp 64503\n bgp router-id 10.0.0.3\n no bgp ebgp-requires-policy\n"+
		neighbor(speaker, listener, ports[0], 64501)+neighbor(collector, router, bgpPort, 64504)+family("ipv4")+family("ipv6")+
		fmt.Sprintf(` bmp targets here
  bmp connect %s port %d min-retry 100 max-retry 1000
  bmp monitor ipv4 unicast pre-policy
  bmp monitor ipv6 unicast pre-policy
 exit
`, collector, bmpPort))
	speak(t, bird, dir, ports, 64503, addPath{})
	start(t, dir, bgpd, "-M", "bmp", "-Z", "-S", "-n", "-f", filepath.Join(dir, "bgpd.conf"), "-i", filepath.Join(dir, "bgpd.pid"), "--vty_socket", dir,
		"-p", fmt.Sprint(ports[1]), "-l", listener, "-P", "0", "--log", "stdout")
	until(t, "both sources", func() bool {
		sources := map[string]bool{}
		for _, p := range r.Status().Peers {
			if name, _, _ := strings.Cut(p.Source, " "); p.Up && p.Updates > 0 {
				sources[name] = true
			}
		}
		return sources["bgp"] && sources["bmp"]
	})
	r.settle()
	out, err := exec.Command(vtysh, "--vty_socket", dir, "-c", "show bgp neighbors "+collector+" routes json").Output()
	var learned struct {
		Routes map[string]any `json:"routes"`
	}
	if err = errors.Join(err, json.Unmarshal(out, &learned)); err != nil || len(learned.Routes) > 0 {
		t.Errorf("FRR has routes of the recorder: %s, %v", out, err)
	}
	elements := r.elements()
	reported := slices.DeleteFunc(slices.Clone(elements), func(e element) bool { return e.PeerAddress != speaker })
	got := tableOf(t, "BMP", reported, addPath{})
	for prefix, g := range got { // FRR 8.4 encodes what it reports as for an external peer, with its own AS
		g.Path = strings.TrimPrefix(g.Path, "64503 ")
		got[prefix] = g
	}
	compare(t, "BMP", got, want)
	announced := tableOf(t, "BGP", slices.DeleteFunc(elements, func(e element) bool { return e.PeerAddress != router }), addPath{})
	for prefix, w := range want {
		if strings.Contains(w.Communities, "no-export") {
			delete(want, prefix)
			continue
		}
		w.Path, w.NextHop, w.MED = "64503 "+w.Path, "", 0 // FRR's AS, its own next hop, and no metric of others (RFC 4271 section 5.1.4)
		want[prefix] = w
	}
	for prefix, a := range announced {
		a.NextHop = ""
		announced[prefix] = a
	}
	if !maps.Equal(announced, want) {
		for prefix, w := range want {
			if announced[prefix] != w {
				t.Errorf("%s is\n%+v\nwant\n%+v", prefix, announced[prefix], w)
				break
			}
		}
		t.Errorf("%d routes are announced, want %d", len(announced), len(want))
	}
}
