package watch

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/internal/netaddr"
)

func familyOf(p netip.Prefix) uint32 { return netaddr.Family(p.Addr()) }

// minFeedASes is the number of ASes with full tables below which a share of them says nothing.
const minFeedASes = 5

// visibility compares the share of full feeds that carry each watched prefix, hour by hour, with what the rule expects.
func (f *finder) visibility(ctx context.Context, r *Rule) error {
	if !r.looksFor(lostVisibility) {
		return nil
	}
	for _, p := range r.prefixes() {
		if expected := r.visibility(familyOf(p)); expected > 0 {
			if err := f.visibilityOf(ctx, r, p, expected); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *finder) visibilityOf(ctx context.Context, r *Rule, p netip.Prefix, expected float64) error {
	result, err := f.queryStates(ctx, "SELECT time, CAST(sum(full_feed_peers) AS BIGINT) FROM route_states WHERE prefix = ? GROUP BY time", p.String())
	if err != nil {
		return err
	}
	carry := map[time.Time]int64{}
	for _, row := range result.Rows {
		if n := known(row[1]); n != nil {
			carry[row[0].(time.Time)] = *n
		}
	}
	var judged []*hour
	var low []sight
	for _, h := range f.whole(familyOf(p)) {
		if h.feeds == nil || h.feedASes == nil || *h.feedASes < minFeedASes {
			continue
		}
		f.routes++
		if len(without(h.collectors, f.live(familyOf(p), h.at))) == 0 {
			continue // update files say it
		}
		judged = append(judged, h)
		if n := carry[h.at]; float64(n) < expected*float64(*h.feeds) {
			low = append(low, sight{at: h.at, collectors: h.collectors, text: fmt.Sprintf("%d of %d full feeds", n, *h.feeds)})
		}
	}
	ends, lowEnds := f.visibleAt(p, expected)
	judged = append(judged, ends...)
	slices.SortStableFunc(judged, func(a, b *hour) int { return a.at.Compare(b.at) })
	judged, low = joinEqual(judged), append(low, lowEnds...)
	for _, s := range spans(judged, lasting(judged, low)) {
		a := s.alert()
		a.Subject = p.String()
		ended := until(a.GoneBy, a.LastSeen)
		if a.GoneBy != nil {
			ended = "visible again by " + clock(*a.GoneBy)
		}
		a.Text = fmt.Sprintf("%s is carried by %s, less than the share of %g that is expected, %s, %s.", p, s.first.text, expected, when(a.NotBefore, a.SeenFrom), ended)
		if s.first.isOfUpdates {
			a.Evidence = f.ofFiles(s.first.files, s.first.text)
		} else {
			without, err := f.without(ctx, p, a.SeenFrom)
			if err != nil {
				return err
			}
			a.Evidence = f.ofHour(datasets.RouteStates.Schema, a.SeenFrom, s.first.text+without)
		}
		a.Prefix, a.Page = p.String(), page(r, p.String())
		f.add(r, lostVisibility, a)
	}
	return nil
}

// visibleAt returns the ends of update files at which it is known which full feeds carry a prefix, and those at which too few do. They count only if
// all collectors of the newest dumps have such files, as the share of some is another one,
// and if no more than a tenth of the feeds was lost.
func (f *finder) visibleAt(p netip.Prefix, expected float64) (judged []*hour, low []sight) {
	family := familyOf(p)
	whole := f.whole(family)
	for _, m := range f.moments[family] {
		h := &hour{at: m.at, family: family}
		var feeds, allFeeds, carry int64
		ases := map[uint32]bool{}
		var files []fileStart
		for _, v := range m.views {
			if !v.isKnown {
				continue
			}
			h.collectors = append(h.collectors, v.collector)
			files = append(files, fileStart{v.collector, v.from.Unix()})
			feeds, allFeeds = feeds+int64(len(v.feeds)), allFeeds+int64(v.allFeeds)
			for feed := range v.feeds {
				ases[feed.asn] = true
				if v.has(feed, p.String()) {
					carry++
				}
			}
		}
		if newest := newestUpTo(whole, m.at); newest == nil || !h.has(newest.collectors) || len(ases) < minFeedASes || 10*feeds < 9*allFeeds {
			continue
		}
		judged = append(judged, h)
		if float64(carry) < expected*float64(feeds) {
			low = append(low, sight{at: h.at, collectors: h.collectors, text: fmt.Sprintf("%d of %d full feeds", carry, feeds), isOfUpdates: true, files: files})
		}
	}
	return judged, low
}

// has reports whether a session carries a prefix, or may.
func (c *carriage) has(of peer, prefix string) bool { return c.prefixes[of][prefix] }

// maxNamed is how many peers a text names.
const maxNamed = 16

// without names the full feeds of an hour that do not carry a prefix.
func (f *finder) without(ctx context.Context, p netip.Prefix, at time.Time) (string, error) {
	full := "ipv4_full_feed"
	if p.Addr().Is6() {
		full = "ipv6_full_feed"
	}
	result, err := f.engine.Query(ctx, `SELECT collector || '/' || peer_address || '/AS' || peer_asn AS peer FROM peers
    WHERE date_trunc('hour', dump_time) = $1 AND `+full+` AND NOT EXISTS (SELECT 1 FROM routes AS r
        WHERE r.collector = peers.collector AND r.dump_time = peers.dump_time AND r.prefix = $2 AND list_contains(r.seen_by, peers.peer_index))
    ORDER BY peer`, at, p.String())
	if err != nil || len(result.Rows) == 0 {
		return "", err
	}
	var peers []string
	for _, row := range result.Rows[:min(len(result.Rows), maxNamed)] {
		peers = append(peers, row[0].(string))
	}
	text := "; not by " + strings.Join(peers, ", ")
	if more := len(result.Rows) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text, nil
}
