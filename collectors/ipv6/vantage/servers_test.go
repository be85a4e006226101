package vantage

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/internal/testkit"

	"github.com/miekg/dns"
)

// need skips the test unless all of the programs are installed.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		testkit.Need(t, program)
	}
}

// start runs a server until the test ends.
func start(t *testing.T, command ...string) {
	t.Helper()
	c := testkit.Server(command[0], command[1:]...)
	var log strings.Builder
	c.Stdout, c.Stderr = &log, &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
		if t.Failed() {
			t.Logf("%s:\n%s", strings.Join(command, " "), log.String())
		}
	})
}

func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// zone is the whole of the DNS: the root.
const zone = `$TTL 300
. IN SOA ns. admin. 1 3600 600 86400 60
. IN NS ns.
ns. IN A %[1]s
ipv4only.arpa. IN A 192.0.0.170
ipv4only.arpa. IN A 192.0.0.171
control.example. IN A %[1]s
control.example. IN AAAA %[2]s
170.0.0.192.in-addr.arpa. IN PTR ipv4only.arpa.
v4only.example. IN A %[1]s
`

// authority starts NSD with the zone.
func authority(t *testing.T, at, v4, v6 string, port int, zone string, in ...string) {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "zone"), fmt.Sprintf(zone, v4, v6))
	conf := writeFile(t, filepath.Join(dir, "nsd.conf"), fmt.Sprintf(`server:
  ip-address: %s@%d
  username: ""
  zonesdir: "%[3]s"
  pidfile: ""
  xfrdfile: ""
  zonelistfile: "%[3]s/list"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "zone"
`, at, port, dir))
	start(t, append(in, "nsd", "-d", "-c", conf)...)
}

// resolver starts unbound over the authority. more goes into its server section.
func resolver(t *testing.T, port, authority int, interfaces []string, more string, in ...string) {
	t.Helper()
	dir := t.TempDir()
	var b strings.Builder
	for _, i := range interfaces {
		fmt.Fprintf(&b, "  interface: %s@%d\n", i, port)
	}
	conf := writeFile(t, filepath.Join(dir, "unbound.conf"), fmt.Sprintf(`server:
%s  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
  do-daemonize: no
  use-syslog: no
  username: ""
  chroot: ""
  pidfile: ""
  directory: "%s"
  num-threads: 1
  outgoing-range: 32
  do-not-query-localhost: no
  local-zone: "ipv4only.arpa." transparent
  local-zone: "ip6.arpa." transparent
  local-zone: "in-addr.arpa." transparent
%s
remote-control:
  control-enable: no
stub-zone:
  name: "."
  stub-addr: 127.0.0.1@%d
  stub-prime: no
`, b.String(), dir, more, authority))
	start(t, append(in, "unbound", "-d", "-c", conf)...)
}

// answering waits until a resolver gives the SOA of the root.
func answering(t *testing.T, address string) {
	t.Helper()
	q := new(dns.Msg)
	q.SetQuestion(".", dns.TypeSOA)
	c := &dns.Client{Timeout: 200 * time.Millisecond}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if m, _, err := c.Exchange(q, address); err == nil && m.Rcode == dns.RcodeSuccess {
			return
		}
	}
	t.Fatalf("%s does not answer", address)
}

// page is larger than several packets.
var page = strings.Repeat("0123456789abcdef", 512)

// web serves the page on loopback over both families, at one port.
func web(t *testing.T) (port int) {
	t.Helper()
	port = testkit.FreePort(t)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(page)) })}
	for _, a := range []string{"127.0.0.1", "::1"} {
		l, err := net.Listen("tcp", net.JoinHostPort(a, fmt.Sprint(port)))
		if err != nil {
			t.Fatal(err)
		}
		go server.Serve(l)
	}
	t.Cleanup(func() { server.Close() })
	return port
}

// find gives the check of a test, family and target; empty ones fit all.
func find(t *testing.T, r *Report, test string, family uint32, target string) Check {
	t.Helper()
	for _, c := range r.Checks {
		if c.Test == test && (family == 0 || c.Family == family) && (target == "" || c.Target == target) {
			return c
		}
	}
	t.Errorf("there is no check %s of IPv%d and %q in %+v", test, family, target, r.Checks)
	return Check{}
}

// silent takes connections on ::1, reads, and never answers.
func silent(t *testing.T) (port int) {
	t.Helper()
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go io.Copy(io.Discard, c)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}
