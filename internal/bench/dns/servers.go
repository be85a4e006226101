package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/miekg/dns"
)

const zone = "bench.example"

// writeZone writes a zone with the given number of names.
func writeZone(path string, names int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintf(w, "$ORIGIN %s.\n$TTL 3600\n@ SOA ns hostmaster 1 3600 900 604800 60\n@ NS ns\nns A 127.0.0.1\n", zone)
	for i := range names {
		fmt.Fprintf(w, "%s. AAAA %s\n", name(i), address(i))
	}
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// server is a daemon in the foreground, in a process group of its own.
type server struct {
	address string
	command *exec.Cmd
}

func (s *server) stop() {
	syscall.Kill(-s.command.Process.Pid, syscall.SIGKILL)
	s.command.Wait()
}

// port returns a free port of loopback.
func port() (int, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).Port, nil
}

// nsd serves the zone, without rate limits.
func nsd(dir string) (*server, error) {
	return start(dir, "nsd", `server:
  ip-address: 127.0.0.1@%[1]d
  username: ""
  chroot: ""
  zonesdir: "%[2]s"
  pidfile: ""
  zonelistfile: "%[2]s/zone.list"
  xfrdfile: ""
  database: ""
  server-count: 1
  rrl-ratelimit: 0
  verbosity: 0
remote-control:
  control-enable: no
zone:
  name: `+zone+`
  zonefile: zone
`, "-d", "-c")
}

// unbound recurses, with an empty cache, and asks nsd for the zone.
func unbound(dir, authority string) (*server, error) {
	host, at, err := net.SplitHostPort(authority)
	if err != nil {
		return nil, err
	}
	return start(dir, "unbound", `server:
  interface: 127.0.0.1
  port: %[1]d
  username: ""
  chroot: ""
  directory: "%[2]s"
  pidfile: ""
  do-daemonize: no
  use-syslog: no
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  module-config: "iterator"
  num-threads: 1
  local-zone: "example." nodefault
remote-control:
  control-enable: no
stub-zone:
  name: `+zone+`
  stub-addr: `+host+"@"+at+"\n", "-d", "-c")
}

// start runs a daemon with a configuration and waits until it answers for the zone.
func start(dir, program, configuration string, arguments ...string) (*server, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + program) // not in every user's PATH
	}
	if err != nil {
		return nil, err
	}
	p, err := port()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, program+".conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, configuration, p, dir), 0o644); err != nil {
		return nil, err
	}
	s := &server{fmt.Sprintf("127.0.0.1:%d", p), exec.Command(path, append(arguments, file)...)}
	s.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.command.Stderr = os.Stderr
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	q := new(dns.Msg)
	q.SetQuestion("ns."+zone+".", dns.TypeA)
	for range 300 {
		if m, err := dns.Exchange(q, s.address); err == nil && len(m.Answer) == 1 {
			return s, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("%s does not answer for %s; try it by hand: %v", program, zone, s.command.Args)
}
