package cli

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/record"
	"tidemark/collectors/rislive"
	"tidemark/collectors/routeviews"
)

// TestRecordingShown: status says of a recorder whether it is at work, and what it hears of whom.
func TestRecordingShown(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	last := now.Add(-time.Second)
	for name, c := range map[string]struct {
		status record.Status
		want   []string
	}{
		"sessions": {
			record.Status{At: now, Since: now.Add(-time.Hour), Collector: "oslo", Waiting: []string{"updates.20261128.1155.gz"}, Peers: []record.PeerStatus{
				{Address: netip.MustParseAddr("192.0.2.1"), ASN: 64501, Source: "bgp", Up: true, Last: &last, Messages: 12, Updates: 10},
				{Address: netip.MustParseAddr("192.0.2.2"), ASN: 64502, Source: "bgp"},
			}},
			[]string{"collector oslo, is at work since 2026-11-28 11:00:00", "1 of 2 sessions are up", "192.0.2.1\t64501\tbgp\tup\t2026-11-28 11:59:59\t12\t10\t0", "192.0.2.2\t64502\tbgp\tdown\t\t0", "1 finished file waits"},
		},
		"RIS Live": {
			record.Status{At: now, Since: now, Collector: "ris-live", RISLive: &record.LiveStatus{Counts: rislive.Counts{Connections: 2, Messages: 9, Rejected: 1, Dropped: 2, Repeated: 3, Newest: last}, LeftOut: 1}},
			[]string{"RIS Live sent 9 messages on 2 connections, of which 1 could not be read, 2 were beyond the rate, 3 repeated and 1 left out; the newest is of 2026-11-28 11:59:59."},
		},
		"RouteViews": {
			record.Status{At: now, Since: now, Collector: "routeviews-live", RouteViews: &record.RouteViewsStatus{Counts: routeviews.Counts{Partitions: 2, Messages: 9, Rejected: 1, Unwatched: 5, Missing: 7, Newest: last}, LeftOut: 3}},
			[]string{"RouteViews sent 9 messages of 2 partitions, of which 1 could not be read, 5 say nothing of what is watched and 3 were left out; 7 were gone before they were read; the newest is of 2026-11-28 11:59:59."},
		},
		"paused": {
			record.Status{At: now, Since: now, Collector: "oslo", Paused: "recording pauses: too little free space on the disk"},
			[]string{"at work since 2026-11-28 12:00:00.\nNow recording pauses: too little free space on the disk.\n"},
		},
		"killed":  {record.Status{At: now.Add(-2 * record.Silent), Collector: "oslo"}, []string{"is not at work; it was last at 2026-11-28 11:58:00"}},
		"stopped": {record.Status{At: now, Stopped: true, Collector: "oslo"}, []string{"is not at work"}},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			writeRecording(&out, now, &c.status)
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("status says\n%s\nwant %q", &out, want)
				}
			}
		})
	}
}
