package rislive

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/collectors/routes"
	"tidemark/datasets"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/inflated"
	"tidemark/internal/testkit/tables"
)

// recording is an update file as RIS Live would have sent it.
type recording struct {
	mrt    []byte   // the records
	frames []string // the same
	at     []time.Time
}

// record reads the first messages of an update file.
func record(t testing.TB, file string, most int) (r recording) {
	t.Helper()
	in := mrt.NewReader(inflated.Open(t, file), file)
	for len(r.frames) < most {
		rec, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		m, err := rec.ParseMessage()
		if err != nil {
			t.Fatal(err)
		}
		text, ok := asFrame(rec, &m, len(r.frames))
		if !ok {
			continue
		}
		h := mrt.Header{
			Seconds: rec.Seconds, Micros: rec.Micros, Peer: m.Peer, Collector: m.Collector, TwoOctets: m.Form.ASSize == 2, Local: m.Local,
		}
		if m.StateChange {
			from := map[uint16]uint16{idle: established, connect: idle, established: openConfirm}[m.NewState] // as RIS Live does not say it
			r.mrt = h.AppendState(r.mrt, from, m.NewState)
		} else {
			r.mrt = h.AppendMessage(r.mrt, octetsOf(&m))
		}
		r.frames, r.at = append(r.frames, text), append(r.at, rec.Time())
	}
	return r
}

// octetsOf returns a message with its header.
func octetsOf(m *mrt.Message) []byte {
	b := slices.Repeat([]byte{0xff}, 16)
	b = binary.BigEndian.AppendUint16(b, uint16(headerSize+len(m.Body)))
	return append(append(b, byte(m.Kind)), m.Body...)
}

// asFrame returns a record in the form of RIS Live's manual and of its stream of 2026; false if it has none.
func asFrame(rec *mrt.Record, m *mrt.Message, number int) (string, bool) {
	data := map[string]any{
		"timestamp": json.RawMessage(fmt.Sprintf("%d.%06d", rec.Seconds, rec.Micros)), "peer": m.Peer.Address.String(),
		"peer_asn": fmt.Sprint(m.Peer.ASN), "id": fmt.Sprintf("%s-%016x", m.Peer.Address, number), "host": "rrc15.ripe.net",
	}
	switch {
	case m.StateChange:
		word, ok := map[uint16]string{idle: "down", connect: "connected", established: "up"}[m.NewState]
		if !ok {
			return "", false
		}
		data["type"], data["state"] = "STATE", word
	case m.Kind == bgp.MessageUpdate:
		data["type"] = "UPDATE"
		if !fieldsOf(m, data) {
			return "", false
		}
		fallthrough
	default:
		data["raw"] = strings.ToUpper(fmt.Sprintf("%x", octetsOf(m)))
	}
	text, err := json.Marshal(map[string]any{"type": "ris_message", "data": data})
	return string(text), err == nil && data["type"] != nil
}

// fieldsOf sets the fields of an UPDATE; false if it is one for which RIS Live has none.
func fieldsOf(m *mrt.Message, data map[string]any) bool {
	u, err := bgp.ParseUpdate(m.Body)
	if err != nil {
		return false
	}
	var a bgp.Attributes
	if a.DecodeUpdate(&u, m.Form) != nil || len(a.Problems()) > 0 {
		return false
	}
	path := string(a.Path.AppendJSON(nil))
	if strings.Contains(path, "confed") {
		return false
	}
	data["path"] = json.RawMessage(strings.NewReplacer(`{"set":[`, "[", "]}", "]").Replace(path))
	communities := [][2]uint32{}
	for _, c := range a.Communities {
		communities = append(communities, [2]uint32{c >> 16, c & 0xffff})
	}
	data["community"] = communities
	if a.Has(bgp.TypeOrigin) {
		data["origin"] = origins[a.Origin]
	}
	if a.Has(bgp.TypeMED) {
		data["med"] = a.MED
	}
	if a.Has(bgp.TypeAggregator) {
		data["aggregator"] = strings.Replace(a.Aggregator.String(), " ", ":", 1)
	}
	v4 := bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast}
	announcements := []announcement{}
	add := func(hop string, b []byte, f bgp.Family) bool {
		texts, ok := texts(b, f)
		if len(texts) > 0 {
			announcements = append(announcements, announcement{hop, texts})
		}
		return ok
	}
	hop := a.Reach.NextHop.String()
	if a.Reach.LinkLocal.IsValid() {
		hop += "," + a.Reach.LinkLocal.String()
	}
	ok := add(netip.AddrFrom4(a.NextHop).String(), u.NLRI, v4) && add(hop, a.Reach.NLRI, a.Reach.Family)
	withdrawn, all := texts(u.Withdrawn, v4)
	more, rest := texts(a.Unreach.NLRI, a.Unreach.Family)
	data["announcements"], data["withdrawals"] = announcements, append(append([]string{}, withdrawn...), more...)
	return ok && all && rest && len(announcements)+len(withdrawn)+len(more) > 0
}

// texts returns prefixes as texts; false if there are NLRI of other families.
func texts(b []byte, f bgp.Family) (all []string, ok bool) {
	if len(b) == 0 {
		return nil, true
	}
	if !f.Native() || f.SAFI != bgp.Unicast {
		return nil, false
	}
	for list := bgp.Prefixes(b, f, false); list.More(); {
		p, _, err := list.Next()
		if err != nil {
			return nil, false
		}
		all = append(all, p.String())
	}
	return all, true
}

var errEnough = errors.New("enough")

// replay sends frames over a web socket and returns the records that a client made of them.
func replay(t testing.TB, frames []string, want int) []byte {
	t.Helper()
	url := serve(t, func(ctx context.Context, conn *websocket.Conn) {
		if _, _, err := conn.Read(ctx); err != nil { // the subscription
			return
		}
		send(ctx, conn, `{"type":"ris_subscribe_ok","data":{"subscription":{"prefix":"192.0.2.0/24"}}}`)
		send(ctx, conn, frames...)
		conn.Read(ctx) // until the client goes
	})
	c, said := client(t, url, quick)
	var records []byte
	n := 0
	err := c.Listen(t.Context(), func(m Message) error {
		if m.Host != "rrc15" {
			t.Fatalf("message of %q", m.Host)
		}
		records = m.AppendMRT(records)
		if n++; n == want {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) || said.all() != "" {
		t.Fatalf("%v after %d messages of %d; reported: %s; counts %+v", err, n, want, said.all(), c.Counts())
	}
	if got := c.Counts(); got.Subscriptions != 1 || got.Rejected+got.Dropped+got.Repeated != 0 {
		t.Fatalf("counts %+v", got)
	}
	return records
}

// updateRows decodes records as the update file of a collector.
func updateRows(t testing.TB, records []byte) []datasets.Update {
	t.Helper()
	file := filepath.Join(t.TempDir(), "updates.20190101.0000")
	if err := os.WriteFile(file, records, 0o644); err != nil {
		t.Fatal(err)
	}
	store := tables.Store(t)
	manifests, err := tables.Decode(t, store, routes.MRT{}, "rrc15", file, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		if m.Dataset == datasets.Updates.Name {
			return tables.Rows(t, store, datasets.Updates, m)
		}
	}
	t.Fatal("no updates")
	return nil
}

// sameRows compares rows in their order.
func sameRows(t testing.TB, got, want []datasets.Update) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("row %d\n got %+v\nwant %+v", i, got[i], want[i])
		}
	}
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
}

// TestLikeMRT: what RIS Live sends becomes the rows that come of the collector's own file.
func TestLikeMRT(t *testing.T) {
	for _, c := range []struct {
		name string
		file string
		most int
	}{
		{"IPv4 and IPv6", testkit.File(t, "mrt/ris-2015.updates.gz"), 1000},
		{"sessions with AS numbers of two octets", "mrt/bgpkit/ripe/rrc15/2010.02/updates.20100227.1600.gz", 7000},
		{"ten thousand messages", "mrt/bgp-rs/updates.20190101.0000.gz", 10_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !filepath.IsAbs(c.file) {
				c.file = testkit.Data(t, c.file)
			}
			r := record(t, c.file, c.most)
			want := updateRows(t, r.mrt)
			sameRows(t, updateRows(t, replay(t, r.frames, len(r.frames))), want)
			t.Logf("%d messages, %d rows", len(r.frames), len(want))
		})
	}
}

// TestFieldsLikeOctets is the twin: messages without their octets give the same rows but for what the fields have no word for.
func TestFieldsLikeOctets(t *testing.T) {
	said := func(frames []string) (rows []datasets.Update) {
		var records []byte
		for _, text := range frames {
			f, err := parseFrame([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			all, err := f.messages()
			if err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			for i := range all {
				records = all[i].AppendMRT(records)
			}
		}
		rows = updateRows(t, records)
		for i := range rows {
			r := &rows[i]
			r.LargeCommunities, r.ExtCommunities, r.OtherAttributes, r.OriginatorID, r.ClusterList = "", "", "", "", ""
			r.LocalPref, r.OTC, r.AtomicAggregate = nil, nil, false
		}
		return rows
	}
	for _, file := range []string{
		testkit.File(t, "mrt/ris-2015.updates.gz"), testkit.Data(t, "mrt/bgpkit/ripe/rrc15/2010.02/updates.20100227.1600.gz"),
		testkit.Data(t, "mrt/bgp-rs/updates.20190101.0000.gz"),
	} {
		r := record(t, file, 10_000)
		var bare []string
		for _, text := range r.frames {
			at := strings.Index(text, `,"raw":"`)
			if at >= 0 {
				end := at + len(`,"raw":"`)
				text = text[:at] + text[end+strings.Index(text[end:], `"`)+1:]
			}
			bare = append(bare, text)
		}
		sameRows(t, said(bare), said(r.frames))
	}
}
