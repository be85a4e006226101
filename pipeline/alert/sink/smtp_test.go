package sink_test

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tidemark/internal/testkit"
	"tidemark/pipeline/alert"
	"tidemark/pipeline/alert/sink"
)

// postfix starts a mail server of its own and returns its ports with STARTTLS and with TLS, its certificate, and what it delivered.
func postfix(t *testing.T) (submission, implicit, cert string, delivered func() []*mail.Message) {
	testkit.NeedRoot(t, "Postfix")
	testkit.Need(t, "postfix")
	dir, err := os.MkdirTemp("", "tidemark-postfix-") // not t.TempDir: Postfix's helpers must get into it
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	check(t, os.Chmod(dir, 0o755))
	etc, spool, data, mailbox := filepath.Join(dir, "etc"), filepath.Join(dir, "spool"), filepath.Join(dir, "data"), filepath.Join(dir, "mail")
	for _, d := range []string{etc, filepath.Join(spool, "pid"), data, mailbox} {
		check(t, os.MkdirAll(d, 0o755))
	}
	owner, err := user.Lookup("postfix")
	check(t, err)
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	check(t, os.Chown(data, uid, gid))
	check(t, os.Chown(mailbox, uid, gid))
	cert, key := certificate(t, dir)
	submission, implicit = fmt.Sprint(testkit.FreePort(t)), fmt.Sprint(testkit.FreePort(t))
	check(t, os.WriteFile(filepath.Join(etc, "main.cf"), fmt.Appendf(nil, `compatibility_level = 3.6
queue_directory = %s
data_directory = %s
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
myhostname = mx.example.net
mydestination =
alias_maps =
virtual_mailbox_domains = example.net
virtual_mailbox_base = %s
virtual_mailbox_maps = static:box/
virtual_minimum_uid = 1
virtual_uid_maps = static:%d
virtual_gid_maps = static:%d
smtpd_tls_cert_file = %s
smtpd_tls_key_file = %s
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:%s
smtpd_sasl_auth_enable = yes
smtpd_sasl_security_options = noanonymous
smtpd_tls_auth_only = yes
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
message_size_limit = 20000
maillog_file = /dev/stdout
maillog_file_prefixes = /dev
`, spool, data, mailbox, uid, gid, cert, key, authenticator(t)), 0o644))
	check(t, os.WriteFile(filepath.Join(etc, "master.cf"), fmt.Appendf(nil, `127.0.0.1:%s inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
127.0.0.1:%s inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
virtual unix - n n - - virtual
`, submission, implicit), 0o644))
	if out, err := exec.Command("/usr/sbin/postfix", "-c", etc, "check").CombinedOutput(); err != nil {
		t.Fatalf("postfix check: %s", out)
	}
	cmd := testkit.Server("/usr/lib/postfix/sbin/master", "-d", "-c", etc)
	log, err := os.Create(filepath.Join(dir, "log"))
	check(t, err)
	cmd.Stdout, cmd.Stderr = log, log
	check(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("Postfix: %s", text)
		}
	})
	eventually(t, "Postfix listens", func() bool { return listens("127.0.0.1:" + submission) })
	return submission, implicit, cert, func() (all []*mail.Message) {
		files, _ := filepath.Glob(filepath.Join(mailbox, "box", "new", "*"))
		slices.Sort(files)
		for _, file := range files {
			f, err := os.Open(file)
			check(t, err)
			t.Cleanup(func() { f.Close() })
			m, err := mail.ReadMessage(f)
			check(t, err)
			all = append(all, m)
		}
		return all
	}
}

// authenticator answers Postfix in Dovecot's protocol, and returns its address. It knows one user.
func authenticator(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				fmt.Fprint(c, "VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t00\nDONE\n")
				for lines := bufio.NewScanner(c); lines.Scan(); {
					fields := strings.Split(lines.Text(), "\t")
					if fields[0] != "AUTH" {
						continue
					}
					given, _ := strings.CutPrefix(fields[len(fields)-1], "resp=")
					if plain, _ := base64.StdEncoding.DecodeString(given); string(plain) == "\x00tidemark\x00hunter2" {
						fmt.Fprintf(c, "OK\t%s\tuser=tidemark\n", fields[1])
					} else {
						fmt.Fprintf(c, "FAIL\t%s\n", fields[1])
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// TestSMTP has Postfix deliver the beginning and the end of an alert.
func TestSMTP(t *testing.T) {
	submission, implicit, cert, delivered := postfix(t)
	t.Setenv("SMTP_PASSWORD", "hunter2")
	settings := sink.Settings{Kind: "smtp", Server: "localhost:" + submission, CA: cert, User: "tidemark", Password: "env:SMTP_PASSWORD", From: "Tide «Mark» <tidemark@example.net>", To: []string{"NOC <noc@example.net>"}}
	check(t, open(t, settings).Send(t.Context(), message(alert.Begin, injection)))
	eventually(t, "the beginning arrives", func() bool { return len(delivered()) == 1 })
	begin := delivered()[0]
	settings.Server, settings.TLS = "localhost:"+implicit, "tls"
	check(t, open(t, settings).Send(t.Context(), message(alert.End, injection)))
	eventually(t, "the end arrives", func() bool { return len(delivered()) == 2 })
	subject, err := new(mime.WordDecoder).DecodeHeader(begin.Header.Get("Subject"))
	check(t, err)
	if !strings.HasPrefix(subject, "Critical: new-origin: 192.0.2.0/24 x Bcc: all@example.org") || begin.Header.Get("Bcc") != "" {
		t.Errorf("header %v", begin.Header)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(begin.Body))
	check(t, err)
	if !strings.Contains(string(body), "What to do: call them") || !strings.Contains(string(body), "https://example.net/prefix/192.0.2.0-24.html") {
		t.Errorf("body %q", body)
	}
	for _, m := range delivered() {
		if strings.Contains(m.Header.Get("In-Reply-To"), "-begin.") {
			if m.Header.Get("In-Reply-To") != begin.Header.Get("Message-Id") {
				t.Errorf("in reply to %s, not %s", m.Header.Get("In-Reply-To"), begin.Header.Get("Message-Id"))
			}
			begin = nil
			break
		}
	}
	if begin != nil {
		t.Error("the end is not a reply to the beginning")
	}

	long := message(alert.Begin, "")
	for range 40 {
		long.Alert.Evidence = append(long.Alert.Evidence, long.Alert.Evidence[0])
		long.Alert.Evidence[0].Text = strings.Repeat("evidence ", 100)
	}
	var refused *alert.Refused
	if err := open(t, settings).Send(t.Context(), long); !errors.As(err, &refused) {
		t.Errorf("what is longer than the server accepts: %v", err)
	}
	t.Setenv("SMTP_PASSWORD", "wrong")
	if err := open(t, settings).Send(t.Context(), message(alert.Begin, "")); err == nil || errors.As(err, &refused) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("with a wrong password: %v", err)
	}
	settings.CA = ""
	if err := open(t, settings).Send(t.Context(), message(alert.Begin, "")); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("with a certificate that nobody vouches for: %v", err)
	}
}
