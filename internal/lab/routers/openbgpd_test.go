package routers

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/collectors/record"
	"tidemark/internal/testkit"
)

// TestRecordOpenBGPD: what OpenBGPD is told to announce is what the recorder's files hold, with and without ADD-PATH, through a flap; of
// what the recorder would announce OpenBGPD has nothing.
func TestRecordOpenBGPD(t *testing.T) {
	bgpctl, bgpd := testkit.Need(t, "bgpctl"), testkit.Need(t, "/usr/sbin/bgpd") // "bgpd" may be FRR's
	testkit.NeedRoot(t, "OpenBGPD")
	jail, err := user.Lookup("_openbgpd")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(jail.HomeDir, 0o755); err != nil { // Debian's unit makes it
		t.Fatal(err)
	}
	const router, collector = "127.0.0.15", "127.0.0.16"
	for _, paths := range []bool{false, true} {
		t.Run(fmt.Sprintf("ADD-PATH=%v", paths), func(t *testing.T) {
			dir := t.TempDir()
			ports := [2]int{testkit.FreePort(t), testkit.FreePort(t)}
			socket := filepath.Join(dir, "s") // a longer path is none of a socket's
			networks, want := openBGPDRoutes()
			send := "announce add-path send no"
			if paths {
				send = "announce add-path send all"
			}
			conf := write(t, filepath.Join(dir, "bgpd.conf"), fmt.Sprintf(`AS 64505
router-id 10.0.0.5
listen on %[1]s port %[2]d
socket "%[3]s"
fib-update no
%[4]s
neighbor %[5]s {
	remote-as 64506
	local-address %[1]s
	port %[6]d
	multihop 5
	announce IPv4 unicast
	announce IPv6 unicast
	%[7]s
}
allow to ebgp
`, router, ports[0], socket, networks, collector, ports[1], send))
			r := startRecording(t, &record.Settings{
				Collector: "here", ASN: 64506, RouterID: "10.0.0.6", Listen: []string{fmt.Sprintf("%s:%d", collector, ports[1])},
				Peers: []record.Peer{{Address: router, ASN: 64505, Passive: true}},
			})
			start(t, dir, bgpd, "-d", "-f", conf)
			complete := func(messages int64) func() bool {
				return func() bool {
					n, up := r.updates()
					return up == 1 && n >= messages
				}
			}
			until(t, "the routes", complete(1))
			r.settle()
			once, _ := r.updates()
			if out, err := exec.Command(bgpctl, "-s", socket, "neighbor", collector, "clear").CombinedOutput(); err != nil {
				t.Fatalf("%s: %v", out, err)
			}
			until(t, "the routes again", complete(once+1))
			r.settle()
			if out, err := exec.Command(bgpctl, "-s", socket, "-j", "show", "rib", "neighbor", collector, "in").CombinedOutput(); err != nil || strings.Contains(string(out), "prefix") {
				t.Errorf("OpenBGPD has routes of the recorder: %s, %v", out, err)
			}
			got := tableOf(t, "files", r.elements(), addPath{paths, paths})
			for prefix, g := range got { // OpenBGPD's own address, of either family
				g.NextHop = ""
				got[prefix] = g
			}
			compare(t, "files", got, want)
		})
	}
}

// openBGPDRoutes returns the statements for routes, and the routes.
func openBGPDRoutes() (statements string, want map[string]route) {
	want = map[string]route{}
	var all strings.Builder
	for i := range prefixes {
		for _, prefix := range []string{fmt.Sprintf("10.%d.%d.0/24", i/16, i), fmt.Sprintf("2001:db8:%x::/48", i+1)} {
			w := route{Prefix: prefix, Path: "64505", Origin: "igp", MED: int64(i), Communities: fmt.Sprintf("64505:%d", i), Large: fmt.Sprintf("4200000001:%d:2", i)}
			want[prefix] = w
			fmt.Fprintf(&all, "network %s set { med %d community %s large-community %s }\n", prefix, i, w.Communities, w.Large)
		}
	}
	return all.String(), want
}
