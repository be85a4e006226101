package ipv6_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// replica is a small Internet of real servers: NSD, unbound, nginx and Postfix.
type replica struct {
	t        testing.TB
	dir      string
	zones    map[string]string // zone to the name of its file
	resolver string
	roots    *x509.CertPool
	stops    map[string]func()
	kinds    []string // of a crowd
	ca       *x509.Certificate
	key      *ecdsa.PrivateKey
}

const resolverAt = "127.0.0.1:53"

func newReplica(t testing.TB) *replica {
	// Not t.TempDir: Postfix's helpers must get into it.
	dir, err := os.MkdirTemp("", "tidemark-replica-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o755)
	r := &replica{t: t, dir: dir, zones: map[string]string{}, resolver: resolverAt, stops: map[string]func(){}}
	r.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r.ca = r.sign(&x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "The replica's authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}, nil)
	r.roots = x509.NewCertPool()
	r.roots.AddCert(r.ca)
	return r
}

func (r *replica) sign(c, by *x509.Certificate) *x509.Certificate {
	if by == nil {
		by = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by, &r.key.PublicKey, r.key)
	if err == nil {
		c, err = x509.ParseCertificate(der)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// certificate writes the files of a certificate for names and gives their common path without the ending.
func (r *replica) certificate(file string, expires time.Time, names ...string) string {
	leaf := r.sign(&x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: expires,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, r.ca)
	der, err := x509.MarshalECPrivateKey(r.key)
	if err != nil {
		r.t.Fatal(err)
	}
	path := filepath.Join(r.dir, file)
	os.WriteFile(path+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw}), 0o644)
	os.WriteFile(path+".key", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o644)
	return path
}

// zone serves a zone from a file with the given records; names in it are relative.
func (r *replica) zone(name, records string) {
	path := "zone." + strings.Trim(name, ".")
	file(r.t, filepath.Join(r.dir, path), "$TTL 300\n@ IN SOA ns hostmaster 1 3600 600 86400 60\n"+records)
	r.zones[name] = path
}

// nsd starts the authority for all zones at addresses, port 53.
func (r *replica) nsd(name string, zones map[string]string, addresses ...string) (stop func()) {
	var b bytes.Buffer
	b.WriteString("server:\n")
	for _, a := range addresses {
		fmt.Fprintf(&b, "  ip-address: %s\n", a)
	}
	state := filepath.Join(r.dir, name)
	os.MkdirAll(state, 0o755)
	fmt.Fprintf(&b, "  username: \"\"\n  zonesdir: \"%s\"\n  pidfile: \"\"\n  xfrdfile: \"\"\n  xfrdir: \"%s\"\n  database: \"\"\n  zonelistfile: \"%[2]s/list\"\n  server-count: 1\n  rrl-ratelimit: 0\nremote-control:\n  control-enable: no\n", r.dir, state)
	for zone, path := range zones {
		fmt.Fprintf(&b, "zone:\n  name: \"%s\"\n  zonefile: \"%s\"\n", zone, path)
	}
	conf := file(r.t, filepath.Join(state, "nsd.conf"), b.String())
	stop = run(r.t, "nsd", "-d", "-c", conf)
	eventually(r.t, "NSD answers", func() bool { return answers(net.JoinHostPort(addresses[0], "53")) })
	return stop
}

// answers reports whether a DNS server answers anything at all.
func answers(server string) bool {
	c := &dns.Client{Timeout: 300 * time.Millisecond}
	_, _, err := c.Exchange(new(dns.Msg).SetQuestion(".", dns.TypeSOA), server)
	return err == nil
}

// unbound starts the resolver, whose root is the authority.
func (r *replica) unbound(more string) (stop func()) {
	stop = r.unboundAt(resolverAt, "60.0.0.53", more)
	r.stops["unbound"] = stop
	return stop
}

// unboundAt starts a resolver at an address, with the address of its root.
func (r *replica) unboundAt(at, root, more string) (stop func()) {
	listen := netip.MustParseAddrPort(at).Addr()
	conf := file(r.t, filepath.Join(r.dir, "unbound-"+listen.String()+".conf"), fmt.Sprintf(`server:
  interface: %s
  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
  do-daemonize: no
  use-syslog: no
  username: ""
  chroot: ""
  pidfile: ""
  directory: "%s"
  num-threads: 1
  msg-cache-size: 32m
  outgoing-range: 512
  num-queries-per-thread: 2048
  do-not-query-localhost: no
  local-zone: "ipv4only.arpa." transparent
  max-udp-size: 1232
  edns-buffer-size: 1232
%s
remote-control:
  control-enable: no
stub-zone:
  name: "."
  stub-addr: %s
  stub-prime: no
`, listen, r.dir, more, root))
	stop = run(r.t, "unbound", "-d", "-c", conf)
	eventually(r.t, "unbound answers", func() bool { return answers(at) })
	return stop
}

// nginx starts the web server with server blocks.
func (r *replica) nginx(servers string) {
	state := filepath.Join(r.dir, "nginx")
	os.MkdirAll(state, 0o755)
	conf := file(r.t, filepath.Join(state, "nginx.conf"), fmt.Sprintf(`daemon off;
user root;
worker_processes 1;
pid %[1]s/pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log off;
  server_names_hash_bucket_size 128;
  ssl_protocols TLSv1.2 TLSv1.3;
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  default_type text/html;
%[2]s
}
`, state, servers))
	if out, err := exec.Command("nginx", "-t", "-c", conf).CombinedOutput(); err != nil {
		r.t.Fatalf("nginx: %s", out)
	}
	run(r.t, "nginx", "-c", conf)
}

// postfix starts a mail server on port 25 of the addresses.
func (r *replica) postfix(addresses ...string) {
	etc, spool, data := filepath.Join(r.dir, "postfix"), filepath.Join(r.dir, "spool"), filepath.Join(r.dir, "postfix-data")
	for _, d := range []string{etc, data, filepath.Join(spool, "pid")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			r.t.Fatal(err)
		}
	}
	sh(r.t, "chown postfix "+data)
	file(r.t, filepath.Join(etc, "main.cf"), fmt.Sprintf(`compatibility_level = 3.6
queue_directory = %s
data_directory = %s
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = all
inet_protocols = all
myhostname = mx.op1.example
mydestination =
local_recipient_maps =
alias_maps =
smtpd_relay_restrictions = reject
smtpd_banner = $myhostname ESMTP $mail_name
maillog_file = /dev/stdout
maillog_file_prefixes = /dev
smtpd_peername_lookup = no
`, spool, data))
	var master strings.Builder
	for _, a := range addresses {
		fmt.Fprintf(&master, "[%s]:25 inet n - n - - smtpd\n", a)
	}
	master.WriteString(`postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
`)
	file(r.t, filepath.Join(etc, "master.cf"), master.String())
	sh(r.t, "postfix -c "+etc+" check")
	run(r.t, "/usr/lib/postfix/sbin/master", "-d", "-c", etc)
	eventually(r.t, "Postfix greets", func() bool {
		c, err := net.DialTimeout("tcp", net.JoinHostPort(addresses[0], "25"), time.Second)
		if err != nil {
			return false
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(2 * time.Second))
		b := make([]byte, 3)
		n, _ := c.Read(b)
		return string(b[:n]) == "220"
	})
}

// wrongID is a name server that gives right answers under wrong IDs.
func (r *replica) wrongID(address string) {
	conn, err := net.ListenPacket("udp", net.JoinHostPort(address, "53"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	go func() {
		b := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			q := new(dns.Msg)
			if q.Unpack(b[:n]) != nil {
				continue
			}
			m := new(dns.Msg).SetReply(q)
			m.Id, m.Authoritative = q.Id+1, true
			m.Answer = []dns.RR{&dns.SOA{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: 60}, Ns: ".", Mbox: "."}}
			if wire, err := m.Pack(); err == nil {
				conn.WriteTo(wire, from)
			}
		}
	}()
}
