package sink

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"

	"tidemark/internal/legible"
	"tidemark/pipeline/alert"
)

// mailer sends a mail for each message; what follows the beginning of an alert is a reply to it.
type mailer struct {
	server, host string
	tls          string
	user         string
	password     Secret
	base         string
	ca           authorities
	from         *mail.Address
	to           []*mail.Address
	domain       string // of message IDs
}

func openSMTP(s Settings, _ Place) (alert.Sink, error) {
	if err := checkServer(s.Server); err != nil {
		return nil, err
	}
	m := &mailer{server: s.Server, tls: s.TLS, user: s.User, password: s.Password, base: s.Base, ca: s.authorities()}
	m.host, _, _ = net.SplitHostPort(s.Server)
	switch s.TLS {
	case "":
		m.tls = "starttls"
	case "starttls", "tls":
	case "none":
		if s.User != "" {
			return nil, errors.New("tls: without TLS, user and password would be sent to whoever listens")
		}
	default:
		return nil, fmt.Errorf("tls: %q is not starttls, tls or none", s.TLS)
	}
	if err := s.Password.check("password"); err != nil {
		return nil, err
	}
	if (s.User == "") != (s.Password == "") {
		return nil, errors.New("user and password go together")
	}
	var err error
	if m.from, err = mail.ParseAddress(s.From); err != nil {
		return nil, fmt.Errorf("from: invalid address %q (want for example Tidemark <tidemark@example.net>)", s.From)
	}
	m.domain = m.from.Address[strings.LastIndexByte(m.from.Address, '@')+1:]
	if len(s.To) == 0 {
		return nil, errors.New("to is missing")
	}
	for _, text := range s.To {
		to, err := mail.ParseAddress(text)
		if err != nil {
			return nil, fmt.Errorf("to: invalid address %q", text)
		}
		m.to = append(m.to, to)
	}
	return m, nil
}

func (s *mailer) Send(ctx context.Context, m alert.Message) error {
	client, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.Mail(s.from.Address); err != nil {
		return err
	}
	for _, to := range s.to {
		if err := client.Rcpt(to.Address); err != nil {
			return fmt.Errorf("%s: %w", to.Address, err)
		}
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(s.compose(m, time.Now())); err != nil {
		return err
	}
	if err := w.Close(); err != nil { // the server's answer to the message
		var answer *textproto.Error
		if errors.As(err, &answer) && answer.Code/100 == 5 {
			return &alert.Refused{Err: err}
		}
		return err
	}
	client.Quit() // which changes nothing any more
	return nil
}

// connect connects, turns to TLS and authenticates, as configured.
func (s *mailer) connect(ctx context.Context) (_ *smtp.Client, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.server)
	if err != nil {
		return nil, err
	}
	if end, is := ctx.Deadline(); is {
		conn.SetDeadline(end)
	}
	defer func() {
		if err != nil {
			conn.Close()
		}
	}()
	config, err := s.ca.config(s.host)
	if err != nil {
		return nil, err
	}
	if s.tls == "tls" {
		conn = tls.Client(conn, config)
	}
	client, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return nil, err
	}
	if err := client.Hello(s.domain); err != nil {
		return nil, err
	}
	if s.tls == "starttls" {
		if err := client.StartTLS(config); err != nil {
			return nil, fmt.Errorf("STARTTLS: %w", err)
		}
	}
	if s.user == "" {
		return client, nil
	}
	password, err := s.password.value(s.base)
	if err != nil {
		return nil, err
	}
	return client, client.Auth(smtp.PlainAuth("", s.user, password, s.host))
}

// compose returns the message as RFC 5322 has it.
func (s *mailer) compose(m alert.Message, now time.Time) []byte {
	var b bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	header("From", s.from.String())
	var to []string
	for _, a := range s.to {
		to = append(to, a.String())
	}
	header("To", strings.Join(to, ",\r\n\t"))
	header("Date", now.UTC().Format(time.RFC1123Z))
	header("Subject", subject(m.Title()))
	header("Message-ID", s.messageID(m.ID))
	if m.Event == alert.Again || m.Event == alert.End {
		first := m.Alert.ID + "-" + alert.Begin
		header("In-Reply-To", s.messageID(first))
		header("References", s.messageID(first))
	}
	header("Auto-Submitted", "auto-generated") // RFC 3834: nobody's absence is to answer
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	fmt.Fprintf(w, "%s\r\n", strings.Join(m.Lines(), "\r\n\r\n"))
	w.Close()
	return b.Bytes()
}

// maxSubject is how much of a title is a subject, in bytes; encoded, it is folded by its words.
const maxSubject = 300

func subject(title string) string {
	title = legible.Line(title)
	if len(title) > maxSubject {
		title = strings.ToValidUTF8(title[:maxSubject], "") + "…"
	}
	return strings.ReplaceAll(mime.QEncoding.Encode("utf-8", title), "?= =?", "?=\r\n =?")
}

// messageID returns a name of RFC 5322 that is the same whenever the message is sent.
func (s *mailer) messageID(id string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, id)
	if len(plain) > 100 { // a line of the header has at most 998 bytes
		sum := sha256.Sum256([]byte(id))
		plain = hex.EncodeToString(sum[:])
	}
	return "<" + plain + ".tidemark@" + s.domain + ">"
}
