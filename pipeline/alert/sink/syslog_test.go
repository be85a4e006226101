package sink_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/internal/testkit"
	"tidemark/internal/testkit/fuzz"
	"tidemark/pipeline/alert"
	"tidemark/pipeline/alert/sink"
)

// TestSyslog has rsyslog say what it parsed.
func TestSyslog(t *testing.T) {
	for _, network := range []string{"udp", "tcp", "tls"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			program := testkit.Need(t, "rsyslogd")
			dir := t.TempDir()
			cert, key := certificate(t, dir)
			port := fmt.Sprint(testkit.FreePort(t))
			input := map[string]string{
				"udp": `module(load="imudp") input(type="imudp" address="127.0.0.1" port="` + port + `")`,
				"tcp": `module(load="imtcp") input(type="imtcp" address="127.0.0.1" port="` + port + `")`,
				"tls": `global(defaultNetstreamDriverCAFile="` + cert + `" defaultNetstreamDriverCertFile="` + cert + `" defaultNetstreamDriverKeyFile="` + key + `")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon") input(type="imtcp" address="127.0.0.1" port="` + port + `")`,
			}[network]
			out, conf := filepath.Join(dir, "out"), filepath.Join(dir, "rsyslog.conf")
			check(t, os.WriteFile(conf, []byte(`global(workDirectory="`+dir+`")
`+input+`
template(name="parsed" type="string" string="%syslogfacility-text%|%syslogseverity-text%|%app-name%|%msgid%|%timereported:::date-rfc3339%|%msg%\n")
action(type="omfile" file="`+out+`" template="parsed" asyncWriting="off")
`), 0o644))
			cmd := testkit.Server(program, "-n", "-f", conf, "-i", filepath.Join(dir, "pid"))
			cmd.Stderr = os.Stderr
			check(t, cmd.Start())
			defer func() { cmd.Process.Kill(); cmd.Wait() }()
			s := open(t, sink.Settings{Kind: "syslog", Server: "localhost:" + port, Network: network, Facility: "local3", CA: map[bool]string{true: cert}[network == "tls"]})
			eventually(t, "rsyslog listens", func() bool {
				if network != "udp" {
					return listens("127.0.0.1:" + port)
				}
				return s.Send(t.Context(), message(alert.Begin, injection)) == nil
			})
			if network != "udp" {
				check(t, s.Send(t.Context(), message(alert.Begin, injection)))
			}
			check(t, s.Send(t.Context(), message(alert.End, strings.Repeat("long ", 5000))))
			var lines []string
			eventually(t, "two records", func() bool {
				text, _ := os.ReadFile(out)
				lines = nil
				for line := range strings.Lines(string(text)) {
					if strings.Contains(line, "|tidemark|") {
						lines = append(lines, line)
					}
				}
				return len(lines) >= 2
			})
			if len(lines) != 2 || !strings.Contains(lines[0], "local3|crit|tidemark|begin|2026-03-01T12:00:00Z|") || !strings.Contains(lines[0], "Critical: new-origin: 192.0.2.0/24 x Bcc: all@example.org") || !strings.Contains(lines[1], "local3|notice|tidemark|end|2026-03-01T14:00:00Z|") {
				t.Errorf("rsyslog got %q", lines)
			}
		})
	}
}

// TestSyslogDown: that nobody receives is noticed, also of a datagram.
func TestSyslogDown(t *testing.T) {
	for _, network := range []string{"udp", "tcp", "tls"} {
		s := open(t, sink.Settings{Kind: "syslog", Server: testkit.FreeAddress(t), Network: network})
		if err := s.Send(t.Context(), message(alert.Begin, "")); err == nil {
			t.Errorf("%s: nobody listens, and there is no error", network)
		}
	}
}

// FuzzSyslog: whatever an alert says, its record is one line, has its fields, and is no longer than receivers accept.
func FuzzSyslog(t *testing.F) {
	f := fuzz.With(t)
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(f, err)
	s := open(f, sink.Settings{Kind: "syslog", Server: server.LocalAddr().String(), Network: "udp"})
	f.Add(injection)
	f.Add(strings.Repeat("é", 3000))
	buffer := make([]byte, 1<<16)
	f.Fuzz(func(t *testing.T, text string) {
		check(t, s.Send(t.Context(), message(alert.Begin, text)))
		n, _, err := server.ReadFrom(buffer)
		check(t, err)
		record := string(buffer[:n])
		if n > 2048 || strings.ContainsAny(record, "\r\n\x00\x1b") {
			t.Errorf("record of %d bytes: %q", n, record)
		}
		var pri, version int
		if _, err := fmt.Sscanf(record, "<%d>%d ", &pri, &version); err != nil || pri != 26 || version != 1 || len(strings.SplitN(record, " ", 8)) != 8 {
			t.Errorf("record %q: %v", record, err)
		}
	})
}
