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
type columns struct {
	scratch []byte
	hops    addressTexts
}

var origins = [...]string{"igp", "egp", "incomplete"}

func (c *columns) fill(a *bgp.Attributes) (to attributeColumns) {
	to.originASN, _ = a.Path.Origin()
	if a.Has(bgp.TypeOrigin) {
		to.origin = origins[a.Origin]
	}
	to.nextHop = c.hops.text(a.TableHop())
	number := func(kind bgp.AttributeType, v uint32) *int64 {
		if !a.Has(kind) {
			return nil
		}
		n := int64(v)
		return &n
	}
	to.med, to.localPref, to.otc = number(bgp.TypeMED, a.MED), number(bgp.TypeLocalPref, a.LocalPref), number(bgp.TypeOTC, a.OTC)
	to.atomicAggregate = a.Has(bgp.TypeAtomicAggregate)
	c.fillTexts(a, &to)
	return to
}

// fillTexts makes the texts parts of one string: there are millions.
func (c *columns) fillTexts(a *bgp.Attributes, to *attributeColumns) {
	b := a.Path.Append(c.scratch[:0])
	path := len(b)
	b = a.AppendCommunities(b)
	communities := len(b)
	b = a.AppendLargeCommunities(b)
	large := len(b)
	b = a.AppendExtCommunities(b)
	extended := len(b)
	if a.Has(bgp.TypeAggregator) {
		b = a.Aggregator.Append(b)
	}
	aggregator := len(b)
	if a.Has(bgp.TypeOriginatorID) {
		b = netip.AddrFrom4(a.OriginatorID).AppendTo(b)
	}
	originator := len(b)
	b = a.AppendClusterList(b)
	clusters := len(b)
	for i, other := range a.Others {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(strconv.AppendUint(b, uint64(other.Type), 10), ':')
		b = hex.AppendEncode(b, other.Value)
	}
	c.scratch = b
	all := string(b)
	to.asPath, to.communities, to.largeCommunities = all[:path], all[path:communities], all[communities:large]
	to.extCommunities, to.aggregator, to.originatorID = all[large:extended], all[extended:aggregator], all[aggregator:originator]
	to.clusterList, to.others = all[originator:clusters], all[clusters:]
}

// maxAddressTexts is how many texts of addresses are remembered.
const maxAddressTexts = 4096

// addressTexts remembers the texts of addresses that occur again and again: those of peers and next hops.
type addressTexts map[netip.Addr]string

// text returns the text of an address; "" if it is invalid.
func (t *addressTexts) text(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	text, known := (*t)[a]
	if !known {
		if *t == nil || len(*t) == maxAddressTexts {
			*t = addressTexts{}
		}
		text = a.String()
		(*t)[a] = text
	}
	return text
}
