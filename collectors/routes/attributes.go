package routes

import (
	"encoding/hex"
	"net/netip"
	"strconv"

	"tidemark/collectors/bgp"
)

// attributeColumns are the columns of updates and rib_entries that hold path attributes.
type attributeColumns struct {
	asPath, origin, nextHop, aggregator, communities, largeCommunities, extCommunities string
	originatorID, clusterList, others                                                  string
	originASN                                                                          uint32
	med, localPref, otc                                                                *int64
	atomicAggregate                                                                    bool
}

// columns formats path attributes.
type columns struct{ scratch []byte }

var origins = [...]string{"igp", "egp", "incomplete"}

func (c *columns) fill(a *bgp.Attributes) (to attributeColumns) {
	to.asPath = c.text(a.Path.Append)
	to.originASN, _ = a.Path.Origin()
	if a.Has(bgp.TypeOrigin) {
		to.origin = origins[a.Origin]
	}
	to.nextHop = hopText(a, a.Reach.NextHop.IsValid())
	number := func(kind bgp.AttributeType, v uint32) *int64 {
		if !a.Has(kind) {
			return nil
		}
		n := int64(v)
		return &n
	}
	to.med, to.localPref, to.otc = number(bgp.TypeMED, a.MED), number(bgp.TypeLocalPref, a.LocalPref), number(bgp.TypeOTC, a.OTC)
	to.atomicAggregate = a.Has(bgp.TypeAtomicAggregate)
	if a.Has(bgp.TypeAggregator) {
		to.aggregator = a.Aggregator.String()
	}
	to.communities = c.text(a.AppendCommunities)
	to.largeCommunities = c.text(a.AppendLargeCommunities)
	to.extCommunities = c.text(a.AppendExtCommunities)
	if a.Has(bgp.TypeOriginatorID) {
		to.originatorID = netip.AddrFrom4(a.OriginatorID).String()
	}
	to.clusterList = c.text(a.AppendClusterList)
	to.others = c.text(func(b []byte) []byte {
		for i, other := range a.Others {
			if i > 0 {
				b = append(b, ' ')
			}
			b = append(strconv.AppendUint(b, uint64(other.Type), 10), ':')
			b = hex.AppendEncode(b, other.Value)
		}
		return b
	})
	return to
}

func (c *columns) text(appendTo func([]byte) []byte) string {
	c.scratch = appendTo(c.scratch[:0])
	return string(c.scratch)
}
