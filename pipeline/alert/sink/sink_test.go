package sink_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/watch"
	"tidemark/pipeline/alert"
	"tidemark/pipeline/alert/sink"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, s sink.Settings) alert.Sink {
	t.Helper()
	got, err := sink.Open(s, sink.Place{Name: "s", Dir: t.TempDir()})
	check(t, err)
	return got
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// message returns a message whose texts are hostile where the program does not make them itself.
func message(event, hostile string) alert.Message {
	a := watch.Alert{
		ID: "0123456789abcdef", Watch: "our space", Kind: "new-origin", Severity: "critical", Subject: "192.0.2.0/24 " + hostile, Text: "AS 64666 announces it: " + hostile,
		Advice: "call them", SeenFrom: noon, LastSeen: noon.Add(time.Hour), Page: "prefix/192.0.2.0-24.html",
		Evidence: []watch.Evidence{{Dataset: "origins", Partition: "2026", SHA256: "00ff", Text: hostile}},
	}
	if event == alert.End {
		gone := noon.Add(2 * time.Hour)
		a.GoneBy = &gone
	}
	return alert.Message{ID: a.ID + "-" + event, Event: event, Count: 1, Alert: a, URL: "https://example.net/" + a.Page}
}

// injection breaks whatever it is put into as it is.
const injection = "x\r\nBcc: all@example.org\r\n\r\n.\r\nQUIT\r\n<script>alert(1)</script> \x00\x1b[31m\u202e\u2028 \"}{{.}}\\ é \xff"

func TestSettings(t *testing.T) {
	smtp := sink.Settings{Kind: "smtp", Server: "mail.example.net:587", From: "t@example.net", To: []string{"noc@example.net"}}
	with := func(change func(*sink.Settings)) sink.Settings { s := smtp; change(&s); return s }
	for want, s := range map[string]sink.Settings{
		`unknown kind "webhok" (want alertmanager, command, feed, smtp, syslog, webhook); did you mean "webhook"?`: {Kind: "webhok"},
		"url is missing": {Kind: "webhook"},
		"url is for sinks of kind webhook or alertmanager, not smtp":           with(func(s *sink.Settings) { s.URL = "https://example.net/" }),
		"url: invalid address (want https://… or http://…)":                    {Kind: "webhook", URL: "ftp://secret.example.net"},
		"secret: want env:VARIABLE or file:PATH; a secret does not belong":     {Kind: "webhook", URL: "env:X", Secret: "hunter2"},
		"body: template: body:1:2":                                             {Kind: "webhook", URL: "env:X", Body: "{{.Nothing}}"},
		"body: template: body:1: unclosed action":                              {Kind: "webhook", URL: "env:X", Body: "{{"},
		"timeout: invalid duration":                                            {Kind: "feed", Timeout: "1 hour"},
		"labels: invalid name \"a-b\"":                                         {Kind: "alertmanager", URL: "env:X", Labels: map[string]string{"a-b": ""}},
		"labels: subject is a label of each alert already":                     {Kind: "alertmanager", URL: "env:X", Labels: map[string]string{"subject": ""}},
		"server: invalid address \"mail\" (want host:port)":                    with(func(s *sink.Settings) { s.Server = "mail" }),
		"tls: without TLS, user and password would be sent to whoever listens": with(func(s *sink.Settings) { s.TLS, s.User, s.Password = "none", "u", "env:P" }),
		"user and password go together":                                        with(func(s *sink.Settings) { s.User = "u" }),
		"from: invalid address":                                                with(func(s *sink.Settings) { s.From = "a@b\r\nBcc: c@d" }),
		"to is missing":                                                        with(func(s *sink.Settings) { s.To = nil }),
		"network: \"\" is not udp, tcp or tls":                                 {Kind: "syslog", Server: "localhost:514"},
		"facility: unknown \"kern\"":                                           {Kind: "syslog", Server: "localhost:514", Network: "udp", Facility: "kern"},
		"command is missing":                                                   {Kind: "command"},
		"command: \"page\" is not looked for in PATH":                          {Kind: "command", Command: []string{"page"}},
	} {
		_, err := sink.Open(s, sink.Place{Name: "s"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", s, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "secret.example")) {
			t.Errorf("a secret is shown: %v", err)
		}
	}
}

// certificate writes a certificate for localhost and its key, and returns their paths.
func certificate(t testing.TB, dir string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &private.PublicKey, private)
	check(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	check(t, err)
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	check(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644))
	check(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
	return cert, key
}

// eventually waits until f returns true.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for range 400 {
		if f() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("%s: not within 10 seconds", what)
}

// listens reports whether a server accepts connections.
func listens(address string) bool {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err == nil {
		c.Close()
	}
	return err == nil
}
