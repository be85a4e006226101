package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/record"
	"tidemark/collectors/routes"
	"tidemark/collectors/routeviews"
	"tidemark/datasets"
	"tidemark/internal/testkit/kafka"
	"tidemark/pipeline"
)

// TestRecordRouteViews: what RouteViews' stream has of what is watched is recorded, and the next session decodes it as the updates of a
// collector, with the peers of RouteViews and the paths that they sent.
func TestRecordRouteViews(t *testing.T) {
	const topic = "routeviews.linx.64501.bmp_raw"
	peer := netip.MustParseAddr("192.0.2.7")
	value := func(kind byte, body []byte) []byte {
		return kafka.Envelope("linx", time.Now(), kafka.Message(kind, peer, 64501, kafka.PostPolicy, body))
	}
	broker := kafka.Start(t)
	settings := record.Settings{RouteViews: &routeviews.Options{Brokers: []string{broker.Address}}}
	settings.Watch([]netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}, []uint32{64999})
	if err := settings.Check(""); err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Open(pipeline.Options{Dir: t.TempDir(), Kinds: []collectors.Kind{routes.MRT{}}})
	if err != nil {
		t.Fatal(err)
	}
	broker.Write(t, topic, value(2, []byte{4})) // before the recorder's first start
	time.Sleep(10 * time.Millisecond)
	stopped := errors.New("stopped by the test")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.RecordRoutes(ctx, &settings) }()
	until(t, "the recorder", func() bool { s, err := p.Status(t.Context()); return err == nil && len(s.Recording) == 1 })
	broker.Write(t, topic,
		value(0, announcement(netip.MustParsePrefix("203.0.113.0/25"), 6447, 64501, 64998)),
		value(0, announcement(netip.MustParsePrefix("198.51.100.0/24"), 6447, 64501, 64999)),
		value(0, announcement(netip.MustParsePrefix("198.51.100.0/24"), 6447, 64501, 64997)),
		value(2, []byte{4}))
	until(t, "the messages", func() bool {
		s, err := p.Status(t.Context())
		return err == nil && s.Recording[0].RouteViews.Messages == 4
	})
	cancel(stopped)
	if err := <-ended; !errors.Is(err, stopped) {
		t.Errorf("%v, want %v", err, stopped)
	}
	s, err := p.Status(t.Context())
	if err != nil || s.Recording[0].RouteViews.Read != 3 || s.Recording[0].RouteViews.Unwatched != 1 {
		t.Errorf("%+v, %v", s.Recording[0].RouteViews, err)
	}
	decodeAll(t, p)
	manifests, err := p.Store().Manifests(datasets.Updates.Schema)
	if err != nil {
		t.Fatal(err)
	}
	origins, states := map[uint32]int{}, 0
	for _, m := range manifests {
		for row, err := range datasets.Updates.Scan(p.Store().Path(m)) {
			if err != nil || row.Collector != "routeviews-live" || row.PeerASN != 64501 {
				t.Fatalf("%+v, %v", row, err)
			}
			if row.Kind == "state" {
				states++
				continue
			}
			origins[row.OriginASN]++
			if path := fmt.Sprintf("64501 %d", row.OriginASN); row.ASPath != path {
				t.Errorf("path %q, want %q", row.ASPath, path)
			}
		}
	}
	if len(origins) != 2 || origins[64998] != 1 || origins[64999] != 1 || states != 1 {
		t.Errorf("origins %v, %d states", origins, states)
	}
}
