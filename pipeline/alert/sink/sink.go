// Package sink has the ways in which messages of alerts reach people and programs, a file each.
package sink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"tidemark/internal/atomicfile"
	"tidemark/internal/suggest"
	"tidemark/pipeline/alert"
)

// Settings are a table [sink.NAME] of the configuration. The tag of says which kinds have a key; a key without it is of all.
type Settings struct {
	Kind    string `toml:"kind"`
	Timeout string `toml:"timeout"` // of one message, for example 30s

	URL         Secret            `toml:"url" of:"webhook,alertmanager"`
	Secret      Secret            `toml:"secret" of:"webhook"` // that signs
	Token       Secret            `toml:"token" of:"webhook,alertmanager"`
	Body        string            `toml:"body" of:"webhook"` // a template
	ContentType string            `toml:"content_type" of:"webhook"`
	Labels      map[string]string `toml:"labels" of:"alertmanager"`
	Hold        string            `toml:"hold" of:"alertmanager"` // how long an alert is active after it was last sent
	Server      string            `toml:"server" of:"smtp,syslog"`
	TLS         string            `toml:"tls" of:"smtp"` // starttls, tls or none
	CA          string            `toml:"ca" of:"webhook,alertmanager,smtp,syslog"`
	User        string            `toml:"user" of:"smtp"`
	Password    Secret            `toml:"password" of:"smtp"`
	From        string            `toml:"from" of:"smtp"`
	To          []string          `toml:"to" of:"smtp"`
	Network     string            `toml:"network" of:"syslog"` // udp, tcp or tls
	Facility    string            `toml:"facility" of:"syslog"`
	Command     []string          `toml:"command" of:"command"`

	Base string `toml:"-"` // folder that relative paths start from
}

// Place is where a sink is.
type Place struct {
	Name string // of the sink
	Site string // address of the site; empty: unknown
	Dir  string // data/state
}

const defaultTimeout = 30 * time.Second

// kinds opens a sink of each kind; an error is a mistake in the settings.
var kinds = map[string]func(Settings, Place) (alert.Sink, error){
	"feed":         openFeed,
	"webhook":      openWebhook,
	"smtp":         openSMTP,
	"alertmanager": openAlertmanager,
	"syslog":       openSyslog,
	"command":      openCommand,
}

// Open returns the sink of the settings. It reads no secret and connects to nothing.
func Open(s Settings, at Place) (alert.Sink, error) {
	known := slices.Sorted(maps.Keys(kinds))
	open, ok := kinds[s.Kind]
	if !ok {
		return nil, fmt.Errorf("unknown kind %q (want %s)%s", s.Kind, strings.Join(known, ", "), suggest.Near(s.Kind, known))
	}
	if err := s.checkKeys(); err != nil {
		return nil, err
	}
	timeout, err := duration("timeout", s.Timeout, defaultTimeout)
	if err != nil {
		return nil, err
	}
	sink, err := open(s, at)
	if err != nil {
		return nil, err
	}
	if r, is := sink.(alert.Refresher); is {
		return limitedRefresher{limited{sink, timeout}, r}, nil
	}
	return limited{sink, timeout}, nil
}

// checkKeys refuses keys that are of other kinds.
func (s Settings) checkKeys() error {
	v := reflect.ValueOf(s)
	for i, f := range reflect.VisibleFields(v.Type()) {
		of := f.Tag.Get("of")
		if of == "" || v.Field(i).IsZero() || slices.Contains(strings.Split(of, ","), s.Kind) {
			continue
		}
		return fmt.Errorf("%s is for sinks of kind %s, not %s", f.Tag.Get("toml"), strings.ReplaceAll(of, ",", " or "), s.Kind)
	}
	return nil
}

// Files returns the files that the sink reads.
func (s Settings) Files() (files []string) {
	for _, secret := range []Secret{s.URL, s.Secret, s.Token, s.Password} {
		if file := secret.file(s.Base); file != "" {
			files = append(files, file)
		}
	}
	if s.CA != "" {
		files = append(files, absolute(s.Base, s.CA))
	}
	return files
}

// Program returns the program that the sink runs; empty: none.
func (s Settings) Program() string {
	if len(s.Command) == 0 {
		return ""
	}
	return absolute(s.Base, s.Command[0])
}

// limited is a sink whose calls end in time.
type limited struct {
	sink    alert.Sink
	timeout time.Duration
}

func (l limited) Send(ctx context.Context, m alert.Message) error {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	return l.sink.Send(ctx, m)
}

type limitedRefresher struct {
	limited
	refresher alert.Refresher
}

func (l limitedRefresher) Refresh(ctx context.Context, open []alert.Message) error {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	return l.refresher.Refresh(ctx, open)
}

func duration(key, text string, otherwise time.Duration) (time.Duration, error) {
	if text == "" {
		return otherwise, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%s: invalid duration %q (want for example 30s)", key, text)
	}
	return d, nil
}

func absolute(base, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}

// checkServer returns an error unless the text is host:port.
func checkServer(server string) error {
	host, port, err := net.SplitHostPort(server)
	if err != nil || host == "" || port == "" {
		return fmt.Errorf("server: invalid address %q (want host:port)", server)
	}
	return nil
}

// authorities is a file of certificates, in PEM; empty: those of the system.
type authorities struct{ file string }

func (s Settings) authorities() authorities {
	if s.CA == "" {
		return authorities{}
	}
	return authorities{absolute(s.Base, s.CA)}
}

// config returns what TLS needs to know to verify the server.
func (a authorities) config(server string) (*tls.Config, error) {
	config := &tls.Config{ServerName: server, MinVersion: tls.VersionTLS12}
	if a.file == "" {
		return config, nil
	}
	text, err := atomicfile.Read(a.file)
	if err != nil {
		return nil, err
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return nil, errors.New("ca: there is no certificate in " + filepath.Base(a.file))
	}
	return config, nil
}
