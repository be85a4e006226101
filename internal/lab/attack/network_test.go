package attack

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"tidemark/internal/testkit"
)

// certificate returns a certificate that the program trusts, of a name and with an end, and tells the program so.
func (s *scene) certificate(name string, end time.Time) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.must(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: end.AddDate(-2, 0, 0), NotAfter: end, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	s.must(err)
	s.write("roots.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	s.env = append(s.env, "SSL_CERT_FILE="+filepath.Join(s.root, "roots.pem"), "SSL_CERT_DIR="+filepath.Join(s.root, "home"))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// encrypted are servers of TLS and of HTTP/2.
func encrypted() (all []attack) {
	next := time.Now().AddDate(1, 0, 0)
	plain := func(c net.Conn) { io.WriteString(c, ok(len(list), "")+list); io.Copy(io.Discard, c) }
	for _, a := range []struct {
		does, name string
		end        time.Time
		config     *tls.Config
		rows       int64
	}{
		{"as it should be", "127.0.0.1", next, &tls.Config{}, goodRows},
		{"expired", "127.0.0.1", next.AddDate(-2, 0, 0), &tls.Config{}, 0},
		{"another name", "example.net", next, &tls.Config{}, 0},
		{"TLS 1.0 only", "127.0.0.1", next, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, 0},
		{"another protocol", "127.0.0.1", next, &tls.Config{NextProtos: []string{"smtp"}}, anyRows},
		{"a certificate of the reader is wanted", "127.0.0.1", next, &tls.Config{ClientAuth: tls.RequireAnyClientCert}, 0},
	} {
		all = append(all, attack{name: "tls/" + a.does, rows: a.rows, arrange: func(s *scene) {
			config := a.config.Clone()
			config.Certificates = []tls.Certificate{s.certificate(a.name, a.end)}
			s.source("evil", "bogon-list", fmt.Sprintf("robots = \"ignored by permission of a@example.net, 2026-11-28\"\nurls = [%q]", "https://"+s.serve(func(c net.Conn) {
				plain(tls.Server(c, config))
			})+"/list.txt"))
		}})
	}
	for does, f := range inOrder([]named[func(c net.Conn)]{
		{"a handshake that hangs", func(c net.Conn) { io.Copy(io.Discard, c) }},
		{"a handshake that drips", func(c net.Conn) { drip(c, "\x16\x03\x03\x40\x00\x00") }},
		{"records without end", func(c net.Conn) { repeat(c, "\x16\x03\x03\x00\x01\x00") }},
		{"alerts without end", func(c net.Conn) { repeat(c, "\x15\x03\x03\x00\x02\x01\x00") }},
		{"clear text", func(c net.Conn) { io.WriteString(c, ok(len(list), "")+list) }},
		{"a reset", func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }},
	}) {
		all = append(all, attack{name: "tls/" + does, rows: 0, arrange: func(s *scene) {
			s.source("evil", "bogon-list", fmt.Sprintf("urls = [%q]", "https://"+s.serve(f)+"/list.txt"))
		}})
	}
	for does, serve := range inOrder([]named[func(s *scene, c tls.Certificate) string]{
		{"a handshake of right bytes that drip", func(s *scene, c tls.Certificate) string {
			return s.serve(func(raw net.Conn) { plain(tls.Server(dripping{raw}, &tls.Config{Certificates: []tls.Certificate{c}})) })
		}},
		{"a chain of 10,000 certificates", func(s *scene, c tls.Certificate) string {
			for range 10_000 {
				c.Certificate = append(c.Certificate, c.Certificate[0])
			}
			return s.serve(func(raw net.Conn) { plain(tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{c}})) })
		}},
		{"a new handshake in place of the answer", renegotiating},
	}) {
		all = append(all, attack{name: "tls/" + does, rows: 0, arrange: func(s *scene) {
			address := serve(s, s.certificate("127.0.0.1", next))
			s.source("evil", "bogon-list", fmt.Sprintf("robots = \"ignored by permission of a@example.net, 2026-11-28\"\nurls = [%q]", "https://"+address+"/list.txt"))
		}})
	}
	for does, f := range inOrder([]named[func(f *http2.Framer, c net.Conn)]{
		{"silence", func(*http2.Framer, net.Conn) {}},
		{"nonsense", func(_ *http2.Framer, c net.Conn) { repeat(c, "nonsense") }},
		{"settings without end", func(f *http2.Framer, _ net.Conn) {
			for f.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1 << 20}) == nil {
			}
		}},
		{"pings without end", func(f *http2.Framer, _ net.Conn) {
			for f.WritePing(false, [8]byte{}) == nil {
			}
		}},
		{"continuations without end", func(f *http2.Framer, _ net.Conn) {
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1})
			for f.WriteContinuation(1, false, make([]byte, 1000)) == nil {
			}
		}},
		{"data before headers", func(f *http2.Framer, _ net.Conn) { f.WriteData(1, false, []byte(list)) }},
		{"data of a stream that nobody opened", func(f *http2.Framer, _ net.Conn) { f.WriteData(99, false, []byte(list)) }},
		{"a reset of the stream", func(f *http2.Framer, _ net.Conn) { f.WriteRSTStream(1, http2.ErrCodeInternal) }},
		{"go away", func(f *http2.Framer, _ net.Conn) { f.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, nil) }},
		{"a window that overflows", func(f *http2.Framer, _ net.Conn) {
			for range 3 {
				f.WriteWindowUpdate(0, 1<<31-1)
			}
		}},
		{"a promise", func(f *http2.Framer, _ net.Conn) {
			f.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2, EndHeaders: true})
		}},
		{"data beyond the length", func(f *http2.Framer, _ net.Conn) {
			var head strings.Builder
			e := hpack.NewEncoder(&head)
			e.WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
			e.WriteField(hpack.HeaderField{Name: "content-length", Value: "5"})
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte(head.String()), EndHeaders: true})
			f.WriteData(1, true, []byte(list))
		}},
		{"a compressed header that is none", func(f *http2.Framer, _ net.Conn) {
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte("\xff\xff\xff\xff\xff\xff"), EndHeaders: true})
		}},
	}) {
		all = append(all, attack{name: "http2/" + does, rows: 0, arrange: func(s *scene) {
			config := &tls.Config{NextProtos: []string{"h2"}, Certificates: []tls.Certificate{s.certificate("127.0.0.1", next)}}
			s.source("evil", "bogon-list", fmt.Sprintf("urls = [%q]", "https://"+s.serve(func(raw net.Conn) {
				c := tls.Server(raw, config)
				if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
					return
				}
				framer := http2.NewFramer(c, nil)
				framer.AllowIllegalWrites = true
				framer.WriteSettings()
				go f(framer, c)
				io.Copy(io.Discard, c)
			})+"/list.txt"))
		}})
	}
	return all
}

// dripping is a connection that writes a byte every fifth of a second.
type dripping struct{ net.Conn }

func (d dripping) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := d.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
		time.Sleep(200 * time.Millisecond)
	}
	return len(p), nil
}

// renegotiating is a server of TLS 1.2 that begins another handshake once it has been asked, which Go's own server cannot.
func renegotiating(s *scene, c tls.Certificate) string {
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	s.must(err)
	s.write("server.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))+
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	address := testkit.FreeAddress(s.t)
	server := testkit.Server(testkit.Need(s.t, "openssl"), "s_server", "-tls1_2", "-accept", address, "-cert", filepath.Join(s.root, "server.pem"))
	commands, err := server.StdinPipe()
	s.must(err)
	said, err := server.StdoutPipe()
	s.must(err)
	s.must(server.Start())
	s.t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	ready := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			switch {
			case lines.Text() == "ACCEPT":
				close(ready)
			case strings.HasPrefix(lines.Text(), "GET "):
				io.WriteString(commands, "r\n")
			}
		}
	}()
	<-ready
	return address
}

// resolvers are recursive resolvers that lie. No address in an answer is one of the Internet.
func resolvers() (all []attack) {
	rr := func(text string) dns.RR {
		r, err := dns.NewRR(text)
		if err != nil {
			panic(err) // a mistake in this file
		}
		return r
	}
	name := func(r *dns.Msg) string { return r.Question[0].Name }
	pack := func(m *dns.Msg) []byte { b, _ := m.Pack(); return b }
	reply := func(f func(q, m *dns.Msg)) func(q *dns.Msg, tcp bool) []byte {
		return func(q *dns.Msg, _ bool) []byte {
			m := new(dns.Msg).SetReply(q)
			f(q, m)
			return pack(m)
		}
	}
	for does, f := range inOrder([]named[func(q *dns.Msg, tcp bool) []byte]{
		{"is silent", func(*dns.Msg, bool) []byte { return nil }},
		{"answers nonsense", func(*dns.Msg, bool) []byte { return []byte(strings.Repeat("\xff", 500)) }},
		{"answers one byte", func(*dns.Msg, bool) []byte { return []byte{0} }},
		{"has another ID", reply(func(_, m *dns.Msg) { m.Id++ })},
		{"has another question", reply(func(_, m *dns.Msg) { m.Question[0].Name = "other.example." })},
		{"has no question", reply(func(_, m *dns.Msg) { m.Question = nil })},
		{"returns the query", func(q *dns.Msg, _ bool) []byte { return pack(q) }},
		{"truncates everything", reply(func(_, m *dns.Msg) { m.Truncated = true })},
		{"loops by aliases", reply(func(q, m *dns.Msg) { m.Answer = []dns.RR{rr(name(q) + " 1 IN CNAME " + name(q))} })},
		{"has a chain of 200 aliases", reply(func(q, m *dns.Msg) {
			for i := range 200 {
				m.Answer = append(m.Answer, rr(fmt.Sprintf("c%d.example. 1 IN CNAME c%d.example.", i, i+1)))
			}
		})},
		{"gives private addresses", reply(func(q, m *dns.Msg) {
			m.Answer = []dns.RR{rr(name(q) + " 1 IN A 127.0.0.1"), rr(name(q) + " 1 IN A 169.254.169.254"), rr(name(q) + " 1 IN AAAA ::1")}
		})},
		{"gives 500 mail exchangers", reply(func(q, m *dns.Msg) {
			for i := range 500 {
				m.Answer = append(m.Answer, rr(fmt.Sprintf("%s 1 IN MX %d m%d.example.", name(q), i, i)))
			}
		})},
		{"gives 500 name servers", reply(func(q, m *dns.Msg) {
			for i := range 500 {
				m.Answer = append(m.Answer, rr(fmt.Sprintf("%s 1 IN NS n%d.example.", name(q), i)))
			}
		})},
		{"fails", reply(func(_, m *dns.Msg) { m.Rcode = dns.RcodeServerFailure })},
		{"denies with a name of control characters", reply(func(_, m *dns.Msg) {
			m.Rcode = dns.RcodeNameError
			m.Ns = []dns.RR{rr(`\027\091\050J.example. 1 IN SOA \000.example. \255.example. 1 1 1 1 1`)}
		})},
		{"has counts of 65,535", func(q *dns.Msg, _ bool) []byte {
			b := pack(new(dns.Msg).SetReply(q))
			for at := 6; at < 12; at++ {
				b[at] = 0xff
			}
			return b
		}},
		{"has a name that points to itself", func(q *dns.Msg, _ bool) []byte {
			b := pack(new(dns.Msg).SetReply(q))
			binary.BigEndian.PutUint16(b[6:], 1)
			at := len(b)
			return append(b, 0xc0|byte(at>>8), byte(at), 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1)
		}},
		{"has names that point to each other", func(q *dns.Msg, _ bool) []byte {
			b := pack(new(dns.Msg).SetReply(q))
			binary.BigEndian.PutUint16(b[6:], 1)
			at := len(b)
			return append(b, 0xc0|byte(at>>8), byte(at+2), 0xc0|byte(at>>8), byte(at), 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1)
		}},
		{"answers half", func(q *dns.Msg, _ bool) []byte {
			m := new(dns.Msg).SetReply(q)
			m.Answer = []dns.RR{rr(name(q) + " 1 IN A 127.0.0.1")}
			b := pack(m)
			return b[:len(b)-6]
		}},
		{"gives a text of 60 kB over TCP", func(q *dns.Msg, tcp bool) []byte {
			m := new(dns.Msg).SetReply(q)
			if m.Truncated = !tcp; tcp {
				for range 230 {
					m.Answer = append(m.Answer, rr(name(q)+" 1 IN TXT \""+strings.Repeat("x", 250)+"\""))
				}
			}
			return pack(m)
		}},
	}) {
		all = append(all, attack{name: "resolver/" + does, rows: anyRows, codes: []int{0, 1, 3}, arrange: func(s *scene) {
			address := testkit.FreeAddress(s.t)
			udp, err := net.ListenPacket("udp", address)
			s.must(err)
			s.t.Cleanup(func() { udp.Close() })
			tcp, err := net.Listen("tcp", address)
			s.must(err)
			s.t.Cleanup(func() { tcp.Close() })
			go func() {
				b := make([]byte, 4096)
				for {
					n, from, err := udp.ReadFrom(b)
					if err != nil {
						return
					}
					q := new(dns.Msg)
					if q.Unpack(b[:n]) == nil && len(q.Question) == 1 {
						udp.WriteTo(f(q, false), from)
					}
				}
			}()
			go func() {
				for {
					c, err := tcp.Accept()
					if err != nil {
						return
					}
					go func() {
						defer c.Close()
						var length [2]byte
						for {
							if _, err := io.ReadFull(c, length[:]); err != nil {
								return
							}
							b := make([]byte, binary.BigEndian.Uint16(length[:]))
							q := new(dns.Msg)
							if _, err := io.ReadFull(c, b); err != nil || q.Unpack(b) != nil || len(q.Question) != 1 {
								return
							}
							answer := f(q, true)
							c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
						}
					}()
				}
			}()
			s.write("domains.csv", "1,a.example\n2,b.example\n")
			s.source("evil", "ipv6-probes", fmt.Sprintf("domains = \"domains.csv\"\nlist_id = \"x\"\nlist_date = \"2026-11-20\"\nresolver = %q", udp.LocalAddr().String()))
		}})
	}
	return all
}

// stores are hostile object stores, to which a data folder with a day behind it is to be copied.
func stores() (all []attack) {
	page := func(keys, rest string) string {
		text := `<ListBucketResult>` + keys + rest + `</ListBucketResult>`
		return ok(len(text), "Content-Type: application/xml\r\n") + text
	}
	object := func(key, size string) string {
		return `<Contents><Key>` + key + `</Key><Size>` + size + `</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>`
	}
	const silence, drops = "silence", "a byte now and then"
	for does, answer := range inOrder([]named[string]{
		{"keys that lead out", page(object("a/../../outside/precious.parquet", "1")+object("a//etc/passwd", "1"), "")},
		{"keys of another folder", page(object("b/x", "1"), "")},
		{"a million keys", page(strings.Repeat("<Contents></Contents>", 1_000_000), "")},
		{"a page that has itself next", page(object("a/x", "1"), "<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>")},
		{"no next page", page("", "<IsTruncated>true</IsTruncated>")},
		{"sizes that overflow", page(object("a/x", "99999999999999999999"), "")},
		{"negative sizes", page(object("a/x", "-1"), "")},
		{"no XML", ok(2, "") + "{}"},
		{"depth", page(strings.Repeat("<Contents>", 500_000), "")},
		{"an error", "HTTP/1.1 500 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
		{"an error with control characters", "HTTP/1.1 403 X\r\nConnection: close\r\n\r\n<Error><Code>\x1b[2J</Code><Message>" + strings.Repeat("x", 1<<20) + "</Message></Error>"},
		{"a redirect elsewhere", "HTTP/1.1 307 X\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
		{"nothing", ""},
		{silence, ""},
		{drops, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<ListBucketResult> "},
	}) {
		all = append(all, attack{name: "store/" + does, rows: anyRows, codes: []int{0, 1, 3}, arrange: func(s *scene) {
			s.lived()
			s.args[0] = "run"
			s.healthy = false // with a store that fails, the run may end before it collects
			s.configure("[storage]\narchive = \"s3://bucket/a?region=x&endpoint=http://" + s.serve(func(c net.Conn) {
				b := make([]byte, 64<<10)
				c.Read(b)
				switch does {
				case silence:
					io.Copy(io.Discard, c)
				case drops:
					drip(c, answer)
				default:
					io.WriteString(c, answer)
				}
			}) + "\"\n")
		}})
	}
	return all
}
