package rislive

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	gobgp "github.com/osrg/gobgp/v3/pkg/packet/bgp"
)

// fields are those of an UPDATE. They are decoded only where the octets are missing.
type fields struct {
	Path          json.RawMessage `json:"path"`          // AS numbers, and a list of them for each AS_SET
	Origin        json.RawMessage `json:"origin"`        // IGP, EGP or INCOMPLETE
	MED           json.RawMessage `json:"med"`           //
	Community     json.RawMessage `json:"community"`     // pairs of numbers
	Aggregator    json.RawMessage `json:"aggregator"`    // 64496:192.0.2.1
	Announcements json.RawMessage `json:"announcements"` // prefixes by next hop
	Withdrawals   json.RawMessage `json:"withdrawals"`   // prefixes
}

// decode decodes a field, which may be missing.
func decode[T any](name string, b json.RawMessage) (v T, err error) {
	if len(b) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return v, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

// announcement is prefixes with one next hop.
type announcement struct {
	NextHop  string   `json:"next_hop"` // the global address, or that and the link-local one, comma-separated
	Prefixes []string `json:"prefixes"`
}

// updates returns the UPDATE messages that say what the fields say: one with what is withdrawn, and one for each next hop.
func (f *fields) updates(session Message) (all []Message, err error) {
	defer func() {
		if r := recover(); r != nil { // GoBGP on foreign values
			all, err = nil, fmt.Errorf("the fields cannot be encoded: %v", r)
		}
	}()
	withdrawn, err := decode[[]string]("withdrawals", f.Withdrawals)
	if err != nil {
		return nil, err
	}
	announced, err := decode[[]announcement]("announcements", f.Announcements)
	if err != nil {
		return nil, err
	}
	add := func(update *gobgp.BGPMessage, err error) error {
		if err != nil {
			return err
		}
		if session.Raw, err = update.Serialize(); err == nil {
			all = append(all, session)
		}
		return err
	}
	if len(withdrawn) > 0 {
		if err := add(withdraw(withdrawn)); err != nil {
			return nil, err
		}
	}
	for _, a := range announced {
		attributes, err := f.attributes()
		if err == nil {
			err = add(a.announce(attributes))
		}
		if err != nil {
			return nil, err
		}
	}
	if len(all) == 0 {
		return nil, errors.New("an UPDATE that neither announces nor withdraws")
	}
	return all, nil
}

// prefixes parses prefixes and returns those of IPv4 and those of IPv6.
func prefixes(texts []string) (ipv4 []*gobgp.IPAddrPrefix, ipv6 []gobgp.AddrPrefixInterface, err error) {
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, nil, fmt.Errorf("invalid prefix %.60q", text)
		}
		p = p.Masked()
		if p.Addr().Is4() {
			ipv4 = append(ipv4, gobgp.NewIPAddrPrefix(uint8(p.Bits()), p.Addr().String()))
		} else {
			ipv6 = append(ipv6, gobgp.NewIPv6AddrPrefix(uint8(p.Bits()), p.Addr().String()))
		}
	}
	return ipv4, ipv6, nil
}

// withdraw returns an UPDATE that withdraws prefixes.
func withdraw(texts []string) (*gobgp.BGPMessage, error) {
	ipv4, ipv6, err := prefixes(texts)
	if err != nil {
		return nil, err
	}
	var attributes []gobgp.PathAttributeInterface
	if len(ipv6) > 0 {
		attributes = append(attributes, gobgp.NewPathAttributeMpUnreachNLRI(ipv6))
	}
	return gobgp.NewBGPUpdateMessage(ipv4, attributes, nil), nil
}

// announce returns an UPDATE that announces the prefixes, which are of one family.
func (a *announcement) announce(attributes []gobgp.PathAttributeInterface) (*gobgp.BGPMessage, error) {
	ipv4, ipv6, err := prefixes(a.Prefixes)
	if err != nil {
		return nil, err
	}
	if (len(ipv4) > 0) == (len(ipv6) > 0) {
		return nil, fmt.Errorf("prefixes of one family are announced with a next hop, here are %d of IPv4 and %d of IPv6", len(ipv4), len(ipv6))
	}
	global, linkLocal, err := nextHops(a.NextHop)
	if err != nil {
		return nil, err
	}
	if len(ipv4) > 0 && global.Is4() {
		return gobgp.NewBGPUpdateMessage(nil, append(attributes, gobgp.NewPathAttributeNextHop(global.String())), ipv4), nil
	}
	if global.Is4() {
		return nil, fmt.Errorf("next hop %s of prefixes of IPv6", global)
	}
	for _, p := range ipv4 { // with a next hop of IPv6 (RFC 8950)
		ipv6 = append(ipv6, p)
	}
	reach := gobgp.NewPathAttributeMpReachNLRI(global.String(), ipv6)
	if linkLocal.IsValid() {
		reach.LinkLocalNexthop = linkLocal.AsSlice()
	}
	return gobgp.NewBGPUpdateMessage(nil, append(attributes, reach), nil), nil
}

// nextHops parses a next hop, or a global and a link-local one (RFC 2545 section 3).
func nextHops(text string) (global, linkLocal netip.Addr, err error) {
	first, second, both := strings.Cut(text, ",")
	global, err = netip.ParseAddr(first)
	if err == nil && both {
		linkLocal, err = netip.ParseAddr(second)
	}
	if err != nil || global.Zone() != "" || linkLocal.Zone() != "" || both && !(global.Is6() && linkLocal.Is6()) {
		return global, linkLocal, fmt.Errorf("invalid next hop %.100q", text)
	}
	return global, linkLocal, nil
}

var origins = []string{"IGP", "EGP", "INCOMPLETE"}

// attributes returns the path attributes but for the next hop.
func (f *fields) attributes() (all []gobgp.PathAttributeInterface, err error) {
	origin, err := decode[*string]("origin", f.Origin)
	if err != nil {
		return nil, err
	}
	if origin != nil {
		code := slices.Index(origins, strings.ToUpper(*origin))
		if code < 0 {
			return nil, fmt.Errorf("unknown origin %.20q", *origin)
		}
		all = append(all, gobgp.NewPathAttributeOrigin(uint8(code)))
	}
	path, err := f.path()
	if err != nil {
		return nil, err
	}
	all = append(all, gobgp.NewPathAttributeAsPath(path))
	med, err := decode[*uint32]("med", f.MED)
	if err != nil {
		return nil, err
	}
	if med != nil {
		all = append(all, gobgp.NewPathAttributeMultiExitDisc(*med))
	}
	aggregator, err := f.aggregator()
	if err != nil {
		return nil, err
	}
	if aggregator != nil {
		all = append(all, aggregator)
	}
	communities, err := f.communities()
	if len(communities) > 0 {
		all = append(all, gobgp.NewPathAttributeCommunities(communities))
	}
	return all, err
}

// maxSegment is the number of ASes that a segment of a path has room for.
const maxSegment = 255

// path returns the segments of the path.
func (f *fields) path() (segments []gobgp.AsPathParamInterface, err error) {
	hops, err := decode[[]json.RawMessage]("path", f.Path)
	if err != nil {
		return nil, err
	}
	var sequence []uint32
	end := func() {
		for part := range slices.Chunk(sequence, maxSegment) {
			segments = append(segments, gobgp.NewAs4PathParam(gobgp.BGP_ASPATH_ATTR_TYPE_SEQ, part))
		}
		sequence = nil
	}
	for _, hop := range hops {
		if hop[0] != '[' {
			asn, err := decode[asNumber]("path", hop)
			if err != nil {
				return nil, err
			}
			sequence = append(sequence, uint32(asn))
			continue
		}
		end()
		set, err := decode[[]asNumber]("path", hop)
		if err != nil {
			return nil, err
		}
		if len(set) == 0 || len(set) > maxSegment {
			return nil, fmt.Errorf("path: an AS_SET of %d ASes", len(set))
		}
		var asns []uint32
		for _, asn := range set {
			asns = append(asns, uint32(asn))
		}
		segments = append(segments, gobgp.NewAs4PathParam(gobgp.BGP_ASPATH_ATTR_TYPE_SET, asns))
	}
	end()
	return segments, nil
}

// aggregator returns the attribute AGGREGATOR; nil: there is none.
func (f *fields) aggregator() (gobgp.PathAttributeInterface, error) {
	text, err := decode[*string]("aggregator", f.Aggregator)
	if text == nil || err != nil {
		return nil, err
	}
	number, address, _ := strings.Cut(*text, ":")
	asn, err := strconv.ParseUint(number, 10, 32)
	by, wrong := netip.ParseAddr(address)
	if err != nil || wrong != nil || !by.Is4() {
		return nil, fmt.Errorf("invalid aggregator %.60q (want for example 64496:192.0.2.1)", *text)
	}
	return gobgp.NewPathAttributeAggregator(uint32(asn), by.String()), nil
}

// communities returns the communities (RFC 1997).
func (f *fields) communities() (all []uint32, err error) {
	pairs, err := decode[[][]uint16]("community", f.Community)
	for _, pair := range pairs {
		if len(pair) != 2 {
			return nil, fmt.Errorf("community: %d numbers (want 2)", len(pair))
		}
		all = append(all, uint32(pair[0])<<16|uint32(pair[1]))
	}
	return all, err
}
