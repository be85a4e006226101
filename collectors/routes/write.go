package routes

import (
	"net/netip"

	"golang.org/x/sync/errgroup"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/fault"
	"tidemark/internal/netaddr"
)

// write writes the three datasets of a dump concurrently.
func (r *rib) write(d dump, key table.Key, routes *table.Writer[datasets.Route], into *table.Commit) error {
	r.sort()
	feeds := r.feeds()
	peers, err := datasets.Peers.Create(into, key)
	if err != nil {
		return err
	}
	stats, err := datasets.TableStats.Create(into, key)
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.Go(fault.Guarded(func() error { return r.writePeers(d, feeds, peers) }))
	group.Go(fault.Guarded(func() error { return r.writeStats(d, feeds, stats) }))
	group.Go(fault.Guarded(func() error { return r.writeRoutes(d, feeds, routes) }))
	return group.Wait()
}

// fullFeeds returns the peers with a full table, by family.
func fullFeeds(feeds []feed) (full4, full6 peerSet) {
	for p, f := range feeds {
		if f.full4 {
			full4.add(p)
		}
		if f.full6 {
			full6.add(p)
		}
	}
	return full4, full6
}

func (r *rib) writeRoutes(d dump, feeds []feed, out *table.Writer[datasets.Route]) error {
	full4, full6 := fullFeeds(feeds)
	batch := make([]datasets.Route, 0, 4096)
	var seenBy []uint32 // of the whole batch
	ases := map[uint32]bool{}
	var counts table.Cells[int64]
	var means table.Cells[float64]
	var open covers
	prefix, text, cover := netip.Prefix{}, "", ""
	for i := range r.routes {
		a := &r.routes[i]
		if a.prefix != prefix {
			prefix, text = a.prefix, a.prefix.String()
			cover = ""
			if c := open.next(prefix); c.IsValid() {
				cover = c.String()
			}
		}
		row := datasets.Route{
			Collector: d.collector, DumpTime: d.time, Family: netaddr.Family(prefix.Addr()), Prefix: text, PrefixLength: uint32(prefix.Bits()),
			OriginASN: a.origin.asn(), OriginSet: r.setText(a.origin), LeftOut: leftOut(prefix), CoveringPrefix: cover, ReservedASNs: r.reserved.get(a.reserved),
		}
		from := len(seenBy)
		switch {
		case len(r.peers) > 0:
			set := r.sets.get(a.set)
			clear(ases)
			ofOrigin := int64(0)
			set.each(func(p int) {
				seenBy = append(seenBy, uint32(p))
				asn := r.peers[p].ASN
				ases[asn] = true
				if asn == row.OriginASN {
					ofOrigin++
				}
			})
			full := full4
			if row.Family == 6 {
				full = full6
			}
			row.Peers, row.PeerASes = counts.Of(int64(len(seenBy)-from)), counts.Of(int64(len(ases)))
			row.OriginPeers, row.FullFeedPeers = counts.Of(ofOrigin), counts.Of(int64(set.common(full)))
			row.PathLengthMin, row.PathLengthMax = counts.Of(int64(a.min)), counts.Of(int64(a.max))
			row.PathLengthMean, row.PathSentMean = means.Of(float64(a.stripped)/float64(a.entries)), means.Of(float64(a.sent)/float64(a.entries))
		case a.entries > 0:
			row.Peers = counts.Of(int64(a.entries)) // the table tells their number alone
		}
		row.SeenBy = seenBy[from:]
		if batch = append(batch, row); len(batch) == cap(batch) {
			if err := out.Append(batch...); err != nil {
				return err
			}
			batch, seenBy = batch[:0], seenBy[:0]
		}
	}
	return out.Append(batch...)
}

// covers finds covering prefixes while it walks over sorted ones.
type covers []netip.Prefix // that cover the current prefix, outermost first

// next returns the longest earlier prefix of the filtered table that covers p, or an invalid one if there is none or p itself is
// left out.
func (c *covers) next(p netip.Prefix) (cover netip.Prefix) {
	if leftOut(p) != "" {
		return cover
	}
	for len(*c) > 0 && !(*c)[len(*c)-1].Contains(p.Addr()) {
		*c = (*c)[:len(*c)-1]
	}
	if len(*c) > 0 {
		cover = (*c)[len(*c)-1]
	}
	*c = append(*c, p)
	return cover
}

func (r *rib) writePeers(d dump, feeds []feed, peers *table.Writer[datasets.Peer]) error {
	peers.Unit = "peer"
	for i, p := range r.peers {
		row := datasets.Peer{
			Collector: d.collector, DumpTime: d.time, PeerIndex: uint32(i), Address: p.Address.String(), ASN: p.ASN,
			IPv4Routes: int64(feeds[i].routes4), IPv6Routes: int64(feeds[i].routes6), IPv4FullFeed: feeds[i].full4, IPv6FullFeed: feeds[i].full6,
		}
		if p.BGPID.IsValid() {
			row.BGPID = p.BGPID.String()
		}
		peers.See(1)
		peers.Keep(1)
		if err := peers.Append(row); err != nil {
			return err
		}
	}
	return nil
}
