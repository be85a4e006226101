package operator

import (
	"fmt"
	"net/netip"
	"strings"
)

// Route is a prefix with one of its origins at the time of the view. Numbers are nil where the table does not tell them.
type Route struct {
	Prefix        string   `json:"prefix"`
	Origin        string   `json:"origin"` // AS number, or an AS_SET
	Name          string   `json:"origin_name,omitempty"`
	Verdict       string   `json:"verdict"`
	Visibility    *float64 `json:"visibility"` // share of the full-feed peers
	Peers         *int64   `json:"peers"`
	FullFeedPeers *int64   `json:"full_feed_peers"` // that carry it
	FullFeedTotal *int64   `json:"full_feed_total"`
	FullFeedASes  *int64   `json:"full_feed_ases"` // distinct ASes of all full-feed peers
	SeenBy        string   `json:"seen_by,omitempty"`
	ROV           string   `json:"rov_state"`
	ROVReason     string   `json:"rov_reason,omitempty"`
	ROADate       string   `json:"roa_date,omitempty"`
	ROAAnchors    string   `json:"roa_anchors,omitempty"`
	IRR           string   `json:"irr_state,omitempty"` // matching, other-origin, none or unknown; empty: no dumps of registries of routes are at hand
	Bogon         string   `json:"bogon_class"`
	Reason        string   `json:"bogon_reason,omitempty"`
	SpecialDate   string   `json:"special_registry_date,omitempty"`
	SpaceDate     string   `json:"space_registry_date,omitempty"`
	MOAS          bool     `json:"moas"`
	Others        string   `json:"other_origins,omitempty"` // of the prefix, comma-separated; set of the routes of an AS
	Delegation    string   `json:"delegation,omitempty"`
	LeftOut       string   `json:"left_out,omitempty"`
	New           string   `json:"newly_seen"` // yes, no or unknown
	Before        string   `json:"origins_before,omitempty"`
}

// Family returns IPv4 or IPv6.
func (r *Route) Family() string {
	if strings.Contains(r.Prefix, ":") {
		return "IPv6"
	}
	return "IPv4"
}

func familyOf(a netip.Addr) string {
	if a.Is6() {
		return "IPv6"
	}
	return "IPv4"
}

// isBogon reports whether the route is known to be a bogon.
func (r *Route) isBogon() bool { return r.Bogon != "none" && r.Bogon != "unknown" }

// isInvalid reports whether origin validation rejects the route.
func (r *Route) isInvalid() bool { return strings.HasPrefix(r.ROV, "invalid") }

// hasOneOrigin reports whether the origin is an AS, for which there can be a ROA, and not an AS_SET or missing.
func (r *Route) hasOneOrigin() bool { return r.Origin != "0" && !strings.HasPrefix(r.Origin, "{") }

// Reach says how many of how many full feeds carry the route.
func (r Route) Reach() string {
	switch {
	case r.FullFeedPeers == nil || r.FullFeedTotal == nil:
		return "full feeds unknown"
	case *r.FullFeedTotal == 0:
		return "no full feed"
	case *r.FullFeedTotal == 1:
		return fmt.Sprintf("%d of 1 full feed", *r.FullFeedPeers)
	}
	return fmt.Sprintf("%d of %d full feeds", *r.FullFeedPeers, *r.FullFeedTotal)
}

// PeerCount says how many peers carry the route.
func (r Route) PeerCount() string {
	switch {
	case r.Peers == nil:
		return "peers unknown"
	case *r.Peers == 1:
		return "1 peer"
	}
	return fmt.Sprintf("%d peers", *r.Peers)
}

// Validation says what decides the state of origin validation: the payloads with their days and trust anchors, or why there is
// no state.
func (r Route) Validation() string {
	if r.ROV == "unknown" {
		return r.ROVReason
	}
	if r.ROVReason == "" {
		return r.payloads()
	}
	return r.ROVReason + "; " + r.payloads()
}

// payloads names the payloads by which the routes of the hour are judged.
func (r *Route) payloads() string {
	text := "payloads of " + strings.ReplaceAll(r.ROADate, ",", ", ")
	switch anchors := strings.Split(r.ROAAnchors, ","); {
	case r.ROAAnchors == "":
		return text + ", trust anchors not named"
	case len(anchors) == 5:
		return text + ", all five trust anchors"
	default:
		return text + ", trust anchors of " + strings.Join(anchors, ", ") + " only"
	}
}

// Registries names the registry files by which the bogon class was judged.
func (r Route) Registries() string {
	var all []string
	if r.SpecialDate != "" {
		all = append(all, "special-purpose registries of "+strings.ReplaceAll(r.SpecialDate, ",", ", "))
	}
	if r.SpaceDate != "" {
		all = append(all, r.addressRegistries())
	}
	return strings.Join(all, "; ")
}

// addressRegistries names the files that tell whether the prefix is delegated.
func (r *Route) addressRegistries() string {
	return "address registries of " + strings.ReplaceAll(r.SpaceDate, ",", ", ")
}
