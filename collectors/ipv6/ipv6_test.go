package ipv6_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/ipv6"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/lab/sample"
	"tidemark/internal/testkit/collect"
	"tidemark/internal/testkit/tables"
)

// sampleSource probes a list in the sample.
func sampleSource(list string) collectors.Source {
	return collectors.Source{Name: "probes", Kind: "ipv6-probes", Settings: &ipv6.Settings{
		Domains: list, ListDate: "2021-01-01", Resolver: "sample", Controls: []string{"control.example:443"}, SMTP: true,
		Rate: 20000, AddressRate: 20000, PrefixRate: 20000, OperatorRate: 20000,
	}}
}

// probe runs the sample's probes of all its days and gives the transcripts.
func probe(t testing.TB) (ipv6.Probes, *archive.Archive, []archive.Raw) {
	t.Helper()
	dir := t.TempDir()
	if err := sample.Write(dir); err != nil {
		t.Fatal(err)
	}
	c := ipv6.Probes{Sample: sample.Probes()}
	archive := &archive.Archive{Dir: filepath.Join(dir, "archive")}
	from := sampleSource(filepath.Join(dir, "domains.csv"))
	done, err := collect.All(context.Background(), c, from, time.Now(), archive)
	if err != nil || done.New != 5 {
		t.Fatalf("%+v, %v", done, err)
	}
	if due, err := c.Due(context.Background(), from, time.Now(), archive); err != nil || len(due) > 0 {
		t.Errorf("due after all was brought: %+v, %v", due, err)
	}
	raws, err := archive.List(c.Name())
	if err != nil {
		t.Fatal(err)
	}
	return c, archive, raws
}

func decode(t testing.TB, c collectors.Kind, raw archive.Raw) (rows []datasets.IPv6Probe, m *table.Manifest, err error) {
	t.Helper()
	rows, m, _, err = decodeAll(t, c, raw)
	return rows, m, err
}

// decodeAll decodes a transcript into its tests and the names that were followed.
func decodeAll(t testing.TB, c collectors.Kind, raw archive.Raw) (rows []datasets.IPv6Probe, m *table.Manifest, ways []datasets.DomainDelegation, err error) {
	t.Helper()
	store := &table.Store{Dir: t.TempDir()}
	into := store.Begin(raw.Input())
	defer into.Abort()
	if err := c.Decode(context.Background(), raw, into); err != nil {
		return nil, nil, nil, err
	}
	manifests, err := into.Commit()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range manifests {
		switch one.Dataset {
		case datasets.IPv6Probes.Schema.Name:
			m, rows = one, tables.Rows(t, store, datasets.IPv6Probes, one)
		case datasets.DomainDelegations.Schema.Name:
			ways = tables.Rows(t, store, datasets.DomainDelegations, one)
		}
	}
	return rows, m, ways, nil
}

// TestProbe asks a real DNS server and connects to real listeners on loopback.
func TestProbe(t *testing.T) {
	c, _, raws := probe(t)
	rows, m, err := decode(t, c, raws[len(raws)-1])
	if err != nil || m.Seen != m.Kept || len(m.Damage) > 0 {
		t.Fatalf("%v, %+v", err, m)
	}
	found := map[string]bool{}
	for _, r := range rows {
		status := ""
		if r.HTTPStatus != nil {
			status = fmt.Sprint(*r.HTTPStatus)
		}
		found[strings.Join([]string{r.Host, r.Test, r.QType, r.Address, r.Target, r.Service, r.Result, r.RCode, r.CNAMEChain, r.CertificateError, status}, "|")] = true
		if r.Test == "connect" && r.Result == "ok" && r.ConnectMS == nil {
			t.Errorf("no connect time of a connection that was made: %+v", r)
		}
		if r.Result == "error" && r.Error != "the CNAMEs lead in a circle" && r.Attempts != 3 {
			t.Errorf("a failure after %d attempts: %+v", r.Attempts, r)
		}
	}
	for _, want := range []string{
		"site01.example|lookup|A|60.0.0.80|||ok|NOERROR|||",
		"www.site01.example|lookup|A|60.0.0.80|||ok|NOERROR|site01.example||",
		"site01.example|connect|A|60.0.0.80||https|ok||||200",
		"site01.example|connect|AAAA|2a0f:1000::80||http|ok||||200",
		"site04.example|lookup|AAAA||||error|SERVFAIL|||",
		"site10.example|lookup|AAAA|fe80::1|||ok|NOERROR|||",
		"site10.example|connect|AAAA|fe80::1||http|skipped||||",
		"site22.example|connect|AAAA|2a0f:1015::80||https|refused||||",
		"site28.example|lookup|A||||no-data|NOERROR|||",
		"site31.example|lookup|A|60.30.96.80|||ok|NOERROR|||", // truncated over UDP, whole over TCP
		"site08.example|lookup|MX||||null-mx|NOERROR|||",
		"site01.example|lookup|NS||ns1.dns1.example||ok|NOERROR|||",
		"site37.example|lookup|HTTPS|2a0f:1024::80|site37.example||ok|NOERROR|||",
		"site37.example|connect|AAAA|2a0f:1024::80||https|ok|||expired|200",
		"www.site38.example|lookup|A||||error|NOERROR|a.www.site38.example www.site38.example||",
		"ns1.dns1.example|authority|SOA|2a0f:1000::10||dns|ok|NOERROR|||",
		"ns1.dns3.example|authority|SOA|60.0.0.14||dns|ok|NOERROR|||",
		"ns1.dns3.example|authority|SOA|2a0f:1000::14||dns|lame|REFUSED|||",
		"mx.mail.example|lookup|AAAA|2a0f:1001::25|||ok|NOERROR|||",
		"mx.mail.example|connect|AAAA|2a0f:1001::25||smtp|ok||||",
		"mx3.mail.example|connect|AAAA|2a0f:1001::27||smtp|refused||||",
	} {
		if !found[want] {
			t.Errorf("missing: %s", want)
		}
	}
	if t.Failed() {
		for row := range found {
			t.Log(row)
		}
	}
}

// TestTranscripts: a run that was cut off or a line that is damaged is said, and the rest stands.
func TestTranscripts(t *testing.T) {
	c, _, raws := probe(t)
	in, err := raws[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	b, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	whole := string(b)
	lines := strings.SplitAfter(whole, "\n")
	for name, c2 := range map[string]struct {
		text, damage, fails string
	}{
		"whole":        {whole, "", ""},
		"cut off":      {strings.Join(lines[:10], ""), "the run was cut off", ""},
		"cut in line":  {whole[:len(lines[0])+len(lines[1])/2], "line 2: unexpected end of JSON input", ""},
		"line of junk": {lines[0] + "{x}\n" + strings.Join(lines[2:], ""), "line 2", ""},
		"empty":        {"", "", "the transcript is empty"},
		"no header":    {lines[1], "", "not a transcript of a probe"},
		"a web page":   {"<!DOCTYPE html>\n", "", "not a transcript of a probe"},
	} {
		path := filepath.Join(t.TempDir(), "probe.jsonl")
		if err := os.WriteFile(path, []byte(c2.text), 0o644); err != nil {
			t.Fatal(err)
		}
		raw, err := archive.RawFile(c.Name(), "probes", path, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		_, m, err := decode(t, c, raw)
		switch {
		case c2.fails != "":
			if err == nil || !strings.Contains(err.Error(), c2.fails) {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case (len(m.Damage) > 0) != (c2.damage != "") || c2.damage != "" && !strings.Contains(strings.Join(m.Damage, "\n"), c2.damage):
			t.Errorf("%s: damage %q, want %q", name, m.Damage, c2.damage)
		}
	}
}

func TestLists(t *testing.T) {
	c := ipv6.Probes{Sample: sample.Probes()}
	for name, list := range map[string]string{
		"empty":     "# nothing\n",
		"bad rank":  "one,example.com\n",
		"address":   "192.0.2.1\n",
		"no domain": "1,exa mple\n",
	} {
		path := filepath.Join(t.TempDir(), "list.csv")
		if err := os.WriteFile(path, []byte(list), 0o644); err != nil {
			t.Fatal(err)
		}
		from := collectors.Source{Name: "x", Kind: c.Name(), Settings: &ipv6.Settings{Domains: path, Resolver: "127.0.0.1:1", Controls: []string{"127.0.0.1:1"}}}
		if _, err := collect.All(context.Background(), c, from, time.Now(), &archive.Archive{Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "list.csv") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
