package sample

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"time"

	"github.com/miekg/dns"
)

// servers are the listeners of a day.
type servers struct{ stops []func() }

func (s *servers) stop() {
	for _, stop := range s.stops {
		stop()
	}
}

// dns starts a name server, over UDP and TCP.
func (s *servers) dns(answer func(q *dns.Msg, overUDP bool) *dns.Msg) (address string, err error) {
	packets, streams, err := listenDNS()
	if err != nil {
		return "", err
	}
	for _, server := range []*dns.Server{
		{PacketConn: packets, Handler: dns.HandlerFunc(func(out dns.ResponseWriter, q *dns.Msg) { out.WriteMsg(answer(q, true)) })},
		{Listener: streams, Handler: dns.HandlerFunc(func(out dns.ResponseWriter, q *dns.Msg) { out.WriteMsg(answer(q, false)) })},
	} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		go server.ActivateAndServe()
		<-started
		s.stops = append(s.stops, func() { server.Shutdown() })
	}
	return packets.LocalAddr().String(), nil
}

// listenDNS binds a port that is free over both UDP and TCP.
func listenDNS() (packets net.PacketConn, streams net.Listener, err error) {
	for range 20 {
		if packets, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			return nil, nil, err
		}
		if streams, err = net.Listen("tcp", packets.LocalAddr().String()); err == nil {
			return packets, streams, nil
		}
		packets.Close()
	}
	return nil, nil, err
}

// site is the address of a web server.
type site struct{ http, https string }

// web starts a web server whose page begins with the given words.
func (s *servers) web(issuer *issuer, words string) (at site, err error) {
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // a client that hangs up is not worth a log line
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "<!DOCTYPE html><title>%s</title>%s<p>%s%[1]s, a site of a model Internet.", r.Host, scripts(r.Host), words)
		}),
		TLSConfig: &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) { return issuer.issue(hello.ServerName) }},
	}
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return at, err
	}
	secured, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		plain.Close()
		return at, err
	}
	go server.Serve(plain)
	go server.ServeTLS(secured, "", "")
	s.stops = append(s.stops, func() { server.Close() })
	return site{plain.Addr().String(), secured.Addr().String()}, nil
}

// mail starts a mail server that greets and says goodbye.
func (s *servers) mail() (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s.stops = append(s.stops, func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.WriteString(c, "220 mail.example ESMTP\r\n")
				bufio.NewReader(c).ReadString('\n')
				io.WriteString(c, "221 2.0.0 Bye\r\n")
			}()
		}
	}()
	return l.Addr().String(), nil
}

// issuer is the model's certificate authority on a day.
type issuer struct {
	day     time.Time
	key     *ecdsa.PrivateKey
	root    *x509.Certificate
	expired map[string]bool
}

func newIssuer(day time.Time, expired map[string]bool) (*issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "The sample's own authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: day.AddDate(-5, 0, 0), NotAfter: day.AddDate(5, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, root, root, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	root, err = x509.ParseCertificate(der)
	return &issuer{day, key, root, expired}, err
}

func (i *issuer) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(i.root)
	return pool
}

// issue signs a certificate for a name.
func (i *issuer) issue(name string) (*tls.Certificate, error) {
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotBefore: i.day.AddDate(0, -1, 0), NotAfter: i.day.AddDate(0, 2, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if i.expired[name] {
		leaf.NotAfter = i.day.AddDate(0, 0, -7)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, i.root, &i.key.PublicKey, i.key)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: i.key}, err
}
