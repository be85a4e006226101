package pipeline_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"tidemark/collectors"
	"tidemark/collectors/bgp"
	"tidemark/collectors/record"
	"tidemark/collectors/routes"
	"tidemark/datasets"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit"
	"tidemark/pipeline"
	"tidemark/pipeline/journal"
)

// TestRecordRoutes: what is recorded is decoded by the next session like any collector's file; two recorders do not share a folder, and a file
// waits while a session is at work.
func TestRecordRoutes(t *testing.T) {
	address := testkit.FreeAddress(t)
	settings := record.Settings{
		Collector: "here", ASN: 64500, RouterID: "10.0.0.1", Listen: []string{address}, Peers: []record.Peer{{Address: "127.0.0.1", ASN: 64501, Passive: true}},
	}
	if err := settings.Check(""); err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Open(pipeline.Options{Dir: t.TempDir(), Kinds: []collectors.Kind{routes.MRT{}}})
	if err != nil {
		t.Fatal(err)
	}
	stopped := errors.New("stopped by the test")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.RecordRoutes(ctx, &settings) }()
	var conn net.Conn
	until(t, "a connection", func() bool { conn, err = net.Dial("tcp4", address); return err == nil })
	defer conn.Close()
	if err := p.RecordRoutes(t.Context(), &settings); !errors.Is(err, pipeline.ErrRecording) {
		t.Errorf("a second recorder: %v, want %v", err, pipeline.ErrRecording)
	}
	open := bgp.Capabilities{ASN: 64501, FourOctets: true}.AppendOpen(nil, 90, netip.MustParseAddr("10.0.0.9"))
	withdrawal := bgp.AppendMessage(nil, bgp.MessageUpdate, []byte{0, 4, 24, 192, 0, 2, 0, 0})
	conn.Write(slices.Concat(open, bgp.AppendMessage(nil, bgp.MessageKeepalive, nil), withdrawal))
	until(t, "a message in the status", func() bool {
		s, err := p.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(s.Recording) == 1 && len(s.Recording[0].Peers) == 1 && s.Recording[0].Peers[0].Up
	})

	busy, _, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cancel(stopped)
	if err := <-ended; !errors.Is(err, stopped) {
		t.Errorf("%v, want %v", err, stopped)
	}
	if files, err := p.Files("mrt"); err != nil || len(files) > 0 {
		t.Errorf("%v are in the archive while another session is at work, %v", files, err)
	}
	if s, err := p.Status(t.Context()); err != nil || len(s.Recording[0].Waiting) != 1 {
		t.Errorf("%+v waits, %v, want one file", s.Recording[0].Waiting, err)
	}
	if _, err := busy.End(t.Context()); err != nil {
		t.Fatal(err)
	}

	again, cancel := context.WithCancelCause(t.Context())
	go func() { ended <- p.RecordRoutes(again, &settings) }()
	until(t, "the recorder again", func() bool { return listens(address) })
	cancel(stopped)
	<-ended
	files, err := p.Files("mrt")
	if err != nil || len(files) == 0 || files[0].URL != "record:here" {
		t.Errorf("%+v, %v; want files of which the URL says that they were recorded here", files, err)
	}
	decodeAll(t, p)
	manifests, err := p.Store().Manifests(datasets.Updates.Schema)
	var rows int64
	for _, m := range manifests {
		rows += m.Rows
	}
	if err != nil || rows == 0 {
		t.Errorf("%d rows of updates, %v", rows, err)
	}
}

// TestRecordReserve: recording leaves the reserve of what is fetched alone; the status says so, and so does an alert of the next run.
func TestRecordReserve(t *testing.T) {
	settings := record.Settings{
		Collector: "here", ASN: 64500, RouterID: "10.0.0.1", Listen: []string{testkit.FreeAddress(t)}, Peers: []record.Peer{{Address: "127.0.0.1", ASN: 64501, Passive: true}}, Sync: "10ms",
	}
	if err := settings.Check(""); err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Open(pipeline.Options{Dir: t.TempDir(), Kinds: []collectors.Kind{routes.MRT{}}, Fetch: fetch.Options{Reserve: 1000, Free: func(string) (uint64, error) { return 999, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	stopped := errors.New("stopped by the test")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.RecordRoutes(ctx, &settings) }()
	until(t, "a pause", func() bool {
		s, err := p.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(s.Recording) == 1 && strings.Contains(s.Recording[0].Paused, "1000 must stay free (fetch.reserve)")
	})
	alerts := func() []journal.Alert {
		t.Helper()
		s, ctx, err := p.BeginMirrored(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		report, err := s.Run(ctx)
		if _, endErr := s.End(ctx); errors.Join(err, endErr) != nil {
			t.Fatal(err, endErr)
		}
		return report.Run.Alerts
	}
	if got := alerts(); len(got) != 1 || got[0].ID != "paused:here" || !strings.Contains(got[0].Text, "collector here records nothing") {
		t.Errorf("alerts %+v, want one that recording pauses", got)
	}
	cancel(stopped)
	if err := <-ended; !errors.Is(err, stopped) {
		t.Errorf("%v, want %v", err, stopped)
	}
	alerts()
	if active, err := p.Journal().Active(); err != nil || len(active) > 0 {
		t.Errorf("%+v is active after the end of the recorder, %v", active, err)
	}
}

// listens reports whether somebody accepts connections at an address.
func listens(address string) bool {
	conn, err := net.Dial("tcp4", address)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
