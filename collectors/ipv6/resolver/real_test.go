package resolver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tidemark/internal/testkit"

	"github.com/miekg/dns"
)

// realNames are in the zone of the real servers.
const realNames = 2000

func realName(i int) string { return fmt.Sprintf("n%06d.example", i) }

// realAuthority starts nsd with names that have the addresses of addressOf, one with so many that its answer is truncated.
func realAuthority(t *testing.T, dir string) netip.AddrPort {
	nsd := testkit.Need(t, "nsd")
	var zone strings.Builder
	fmt.Fprint(&zone, "$ORIGIN example.\n$TTL 3600\n@ SOA ns hostmaster 1 3600 900 604800 60\n@ NS ns\nns A 127.0.0.1\n*.wild TXT here\n")
	for i := range realNames {
		fmt.Fprintf(&zone, "%s. AAAA %s\n", realName(i), addressOf(realName(i)+"."))
	}
	for i := range 200 {
		fmt.Fprintf(&zone, "many AAAA 2001:db8:ffff::%x\n", i+1)
	}
	write(t, filepath.Join(dir, "zone"), zone.String())
	port := uint16(testkit.FreePort(t))
	write(t, filepath.Join(dir, "nsd.conf"), fmt.Sprintf(`server:
  ip-address: 127.0.0.1@%[1]d
  ip-address: ::1@%[1]d
  username: ""
  chroot: ""
  zonesdir: "%[2]s"
  pidfile: ""
  zonelistfile: "%[2]s/zone.list"
  xfrdfile: ""
  database: ""
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: example
  zonefile: zone
`, port, dir))
	server := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
	daemon(t, server, nsd, "-d", "-c", filepath.Join(dir, "nsd.conf"))
	return server
}

// realResolver is unbound's configuration with a zone at nsd, and how it is started.
func realResolver(t *testing.T, dir string, at netip.AddrPort) (server netip.AddrPort, start func() (stop func())) {
	unbound := testkit.Need(t, "unbound")
	port := uint16(testkit.FreePort(t))
	write(t, filepath.Join(dir, "unbound.conf"), fmt.Sprintf(`server:
  interface: 127.0.0.1
  port: %d
  username: ""
  chroot: ""
  directory: "%s"
  pidfile: ""
  use-syslog: no
  do-not-query-localhost: no
  module-config: "iterator"
  local-zone: "example." nodefault
remote-control:
  control-enable: no
stub-zone:
  name: example
  stub-addr: %s@%d
`, port, dir, at.Addr(), at.Port()))
	server = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
	return server, func() func() { return daemon(t, server, unbound, "-d", "-c", filepath.Join(dir, "unbound.conf")) }
}

func write(t *testing.T, path, text string) {
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// daemon runs a server in the foreground, until the test ends at the latest, and waits for its first answer.
func daemon(t *testing.T, server netip.AddrPort, path string, arguments ...string) (stop func()) {
	var said bytes.Buffer
	cmd := testkit.Server(path, arguments...)
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr.Setpgid = true
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // nsd's children too
			cmd.Wait()
		})
	}
	t.Cleanup(stop)
	q := new(dns.Msg)
	q.SetQuestion("ns.example.", dns.TypeA)
	for range 200 {
		if m, err := dns.Exchange(q, server.String()); err == nil && len(m.Answer) == 1 {
			return stop
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	t.Fatalf("%s does not answer:\n%s", path, &said)
	return nil
}

// TestReal asks unbound in front of nsd, and nsd itself.
func TestReal(t *testing.T) {
	dir := t.TempDir()
	at := realAuthority(t, dir)
	server, start := realResolver(t, dir, at)
	start()
	for _, server := range []netip.AddrPort{server, at} {
		c := client(t, server.String(), Options{})
		if failed := ask(t, c, realNames, 200); failed > 0 {
			t.Errorf("%s: %d failed: %+v", server, failed, c.Stats())
		}
		x, err := c.Lookup(context.Background(), "many.example", dns.TypeAAAA)
		m := new(dns.Msg)
		if err != nil || !x.TCP || m.Unpack(x.Response) != nil || len(m.Answer) != 200 {
			t.Errorf("%s: the long answer: %v, TCP %v, %d addresses", server, err, x.TCP, len(m.Answer))
		}
		x, err = c.Lookup(context.Background(), "none.example", dns.TypeAAAA)
		if m := new(dns.Msg); err != nil || m.Unpack(x.Response) != nil || m.Rcode != dns.RcodeNameError {
			t.Errorf("%s: a name that is not there: %v, %v", server, err, m)
		}
	}
	c := client(t, server.String(), Options{})
	for _, address := range []string{"127.0.0.1", "::1"} {
		x, err := c.Ask(context.Background(), netip.AddrPortFrom(netip.MustParseAddr(address), at.Port()), "example", dns.TypeSOA)
		if m := new(dns.Msg); err != nil || m.Unpack(x.Response) != nil || !m.Authoritative || len(m.Answer) != 1 {
			t.Errorf("nsd over %s: %v, %v", address, err, m)
		}
	}
}

// namespaced runs a test of this package once more in a network namespace of its own, which the test makes.
func namespaced(t *testing.T) (inside bool) {
	if os.Getenv("RESOLVER_NAMESPACE") == t.Name() {
		return true
	}
	ip := testkit.Need(t, "ip")
	testkit.Need(t, "tc")
	testkit.NeedRoot(t, "a network namespace")
	name := fmt.Sprintf("resolver-%d-%s", os.Getpid(), strings.ToLower(t.Name()))
	if out, err := exec.Command(ip, "netns", "add", name).CombinedOutput(); err != nil {
		testkit.Missing(t, "no network namespace can be made: %v: %s", err, out)
	}
	defer exec.Command(ip, "netns", "delete", name).Run()
	cmd := exec.Command(ip, "netns", "exec", name, os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v", "-test.timeout", "100s")
	cmd.Env = append(os.Environ(), "RESOLVER_NAMESPACE="+t.Name())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("in the namespace: %v\n%s", err, out)
	}
	t.Logf("%s", out)
	return false
}

// do runs a tool of iproute2.
func do(t *testing.T, name string, arguments ...string) {
	if out, err := exec.Command(testkit.Need(t, name), arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v: %s", name, arguments, err, out)
	}
}

// TestLoss loses a tenth of all packets, queries, answers and those between unbound and nsd: every name is answered, rightly.
func TestLoss(t *testing.T) {
	if !namespaced(t) {
		return
	}
	do(t, "ip", "link", "set", "lo", "up")
	dir := t.TempDir()
	at := realAuthority(t, dir)
	server, start := realResolver(t, dir, at)
	start()
	if out, err := exec.Command(testkit.Need(t, "tc"), "qdisc", "add", "dev", "lo", "root", "netem", "loss", "10%").CombinedOutput(); err != nil {
		t.Logf("without netem: %v: %s", err, out) // a kernel may lack it
		do(t, "iptables", "-A", "INPUT", "-i", "lo", "-m", "statistic", "--mode", "random", "--probability", "0.1", "-j", "DROP")
	}
	for _, server := range []netip.AddrPort{at, server} {
		c := client(t, server.String(), Options{Attempts: 8})
		began := time.Now()
		failed := ask(t, c, realNames/4, 500)
		s := c.Stats()
		t.Logf("%s: %d failed in %v: %+v", server, failed, time.Since(began), s)
		// 0.19⁸ of a lookup's transmissions are all lost: not one in two thousand.
		if failed > 0 {
			t.Errorf("%s: %d failed: %+v", server, failed, s)
		}
		if s.Retransmitted < realNames/40 {
			t.Errorf("only %d were sent again: nothing was lost here", s.Retransmitted)
		}
	}
}

// TestOutage takes the network away in the middle of a run, then the resolver, each for a while. Names asked for meanwhile
// end with errors, none with a wrong answer, and the run goes on by itself.
func TestOutage(t *testing.T) {
	if !namespaced(t) {
		return
	}
	do(t, "ip", "link", "set", "lo", "up")
	dir := t.TempDir()
	at := realAuthority(t, dir)
	server, start := realResolver(t, dir, at)
	stop := start()
	c := client(t, server.String(), Options{Timeout: 300 * time.Millisecond, Attempts: 3, Rate: 2000})
	var over atomic.Bool
	var group sync.WaitGroup
	group.Go(func() {
		defer over.Store(true)
		time.Sleep(300 * time.Millisecond)
		do(t, "ip", "link", "set", "lo", "down")
		time.Sleep(1500 * time.Millisecond)
		do(t, "ip", "link", "set", "lo", "up")
		time.Sleep(1500 * time.Millisecond)
		stop()
		time.Sleep(1500 * time.Millisecond)
		start()
	})
	var answered, failed atomic.Int64
	reasons := sync.Map{}
	for w := range 100 {
		group.Go(func() {
			for i := w; !over.Load(); i++ {
				name := realName(i % realNames)
				x, err := c.Lookup(context.Background(), name, dns.TypeAAAA)
				if err != nil {
					failed.Add(1)
					for e := err; e != nil; e = errors.Unwrap(e) {
						err = e
					}
					reasons.Store(err.Error(), true)
					continue
				}
				answered.Add(1)
				if m := new(dns.Msg); m.Unpack(x.Response) == nil && m.Rcode == dns.RcodeServerFailure {
					continue // unbound could not reach nsd
				}
				if err := check(name, x.Response); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	reasons.Range(func(reason, _ any) bool { t.Logf("an error was: %v", reason); return true })
	s := c.Stats()
	t.Logf("%+v", s)
	if failed.Load() == 0 || answered.Load() < 1000 || s.Answered != uint64(answered.Load()) || s.Failed != uint64(failed.Load()) || s.InFlight != 0 {
		t.Errorf("%d answered, %d failed: %+v", answered.Load(), failed.Load(), s)
	}
	if failed := ask(t, c, realNames, 100); failed > 0 {
		t.Errorf("%d of %d failed when all was well again: %+v", failed, realNames, c.Stats())
	}
}
