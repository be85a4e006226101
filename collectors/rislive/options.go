package rislive

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tidemark/internal/suggest"
)

// DefaultURL is where RIS Live answers.
const DefaultURL = "wss://ris-live.ripe.net/v1/ws/"

const (
	defaultRate      = 5000
	maxSubscriptions = 500
)

// Options are the table [record.ris_live] of a configuration.
type Options struct {
	URL           string         `toml:"url"`          // empty: DefaultURL
	Rate          int            `toml:"rate"`         // messages a second beyond which they are dropped and counted; 0: 5000
	Subscriptions []Subscription `toml:"subscription"` // for what is sent; empty: for what is watched, as Watching returns it
}

// Subscription says which messages are sent: those to which all that it names applies.
type Subscription struct {
	Prefix       string `toml:"prefix" json:"prefix,omitempty"`              // announced or withdrawn
	MoreSpecific *bool  `toml:"more_specific" json:"moreSpecific,omitempty"` // or prefixes inside it; nil: yes
	LessSpecific bool   `toml:"less_specific" json:"lessSpecific,omitempty"` // or prefixes around it
	Path         string `toml:"path" json:"path,omitempty"`                  // part of the AS path: 64496,64499; ^ is its start, $ its origin
	Peer         string `toml:"peer" json:"peer,omitempty"`                  // address of a peer
	Host         string `toml:"host" json:"host,omitempty"`                  // collector: rrc00
	Type         string `toml:"type" json:"type,omitempty"`                  // of message, one of Types; empty: UPDATE, for a peer any
	Require      string `toml:"require" json:"require,omitempty"`            // announcements or withdrawals
}

// Types are the types of messages that one may subscribe to.
var Types = []string{"UPDATE", "OPEN", "NOTIFICATION", "KEEPALIVE", peerState}

const peerState = "RIS_PEER_STATE"

// Watching returns the subscriptions for prefixes with all inside them, for what ASes originate, and for the states of all sessions,
// without which a route that is gone with its session would seem to stay.
func Watching(prefixes []netip.Prefix, ases []uint32) (all []Subscription) {
	for _, p := range prefixes {
		all = append(all, Subscription{Prefix: p.Masked().String()})
	}
	for _, asn := range ases {
		all = append(all, Subscription{Path: strconv.FormatUint(uint64(asn), 10) + "$"})
	}
	if len(all) == 0 {
		return nil
	}
	return append(all, Subscription{Type: peerState})
}

// Validate reports what is wrong with the options, and sets those that are empty. Subscriptions may still be missing.
func (o *Options) Validate() error {
	o.URL, o.Rate = cmp.Or(o.URL, DefaultURL), cmp.Or(o.Rate, defaultRate)
	u, err := url.Parse(o.URL)
	switch {
	case err != nil || u.Scheme != "wss" && u.Scheme != "ws" || u.Host == "":
		return fmt.Errorf("url: invalid address (want a wss: or ws: URL, for example %s)", DefaultURL)
	case u.User != nil:
		return errors.New("url: RIS Live wants no password; leave it out")
	case o.Rate < 1:
		return fmt.Errorf("rate: invalid number %d (want 1 or more messages a second)", o.Rate)
	case len(o.Subscriptions) > maxSubscriptions:
		return fmt.Errorf("subscription: %d are more than the %d that are asked of a public service; watch prefixes that contain the others", len(o.Subscriptions), maxSubscriptions)
	}
	for i := range o.Subscriptions {
		if err := o.Subscriptions[i].validate(); err != nil {
			return fmt.Errorf("subscription number %d: %w", i+1, err)
		}
	}
	return nil
}

var (
	hostName = regexp.MustCompile(`^rrc[0-9]{2}(\.ripe\.net)?$`)
	pathForm = regexp.MustCompile(`^\^?([0-9]+|\[[0-9]+(,[0-9]+)*\])(,([0-9]+|\[[0-9]+(,[0-9]+)*\]))*\$?$`)
)

func (s *Subscription) validate() error {
	if err := s.checkPrefix(); err != nil {
		return err
	}
	if s.Type != "" && !slices.Contains(Types, s.Type) {
		return fmt.Errorf("type: unknown type %q%s (want %s)", s.Type, suggest.Near(s.Type, Types), strings.Join(Types, ", "))
	}
	if s.Path != "" && !pathForm.MatchString(s.Path) {
		return fmt.Errorf("path: invalid path %q (want AS numbers, for example 64496$ for what AS64496 originates, or 64500,64496)", s.Path)
	}
	if s.Host != "" && !hostName.MatchString(s.Host) {
		return fmt.Errorf("host: invalid collector %q (want for example rrc00)", s.Host)
	}
	if _, err := netip.ParseAddr(s.Peer); s.Peer != "" && err != nil {
		return fmt.Errorf("peer: invalid address %q", s.Peer)
	}
	if s.Require != "" && s.Require != "announcements" && s.Require != "withdrawals" {
		return fmt.Errorf("require: invalid key %q (want announcements or withdrawals)", s.Require)
	}
	if s.Prefix == "" && s.Path == "" && s.Peer == "" && s.Type != peerState {
		return errors.New("it would be sent all that collectors hear; name a prefix, a path or a peer (update files of whole collectors are a source of kind mrt)")
	}
	return nil
}

func (s *Subscription) checkPrefix() error {
	if s.Prefix == "" {
		if s.MoreSpecific != nil || s.LessSpecific {
			return errors.New("more_specific and less_specific are about a prefix; name one")
		}
		return nil
	}
	p, err := netip.ParsePrefix(s.Prefix)
	switch {
	case err != nil:
		return fmt.Errorf("prefix: invalid prefix %q (want for example 192.0.2.0/24)", s.Prefix)
	case p != p.Masked():
		return fmt.Errorf("prefix: %s has bits behind its length; did you mean %s?", p, p.Masked())
	case p.Bits() == 0 && (s.MoreSpecific == nil || *s.MoreSpecific):
		return fmt.Errorf("prefix: %s has all others inside it; set more_specific = false", p)
	}
	return nil
}

// socketOptions apply to all subscriptions of a connection.
type socketOptions struct {
	IncludeRaw  bool `json:"includeRaw"`
	Acknowledge bool `json:"acknowledge"`
}

// request is a message to the server that asks for a subscription.
type request struct {
	Type string `json:"type"`
	Data struct {
		Subscription
		SocketOptions socketOptions `json:"socketOptions"`
	} `json:"data"`
}

// request returns the message that asks for the subscription.
func (s Subscription) request() request {
	if s.Type == "" && s.Peer == "" {
		s.Type = "UPDATE"
	}
	if s.Prefix != "" && s.MoreSpecific == nil {
		inside := true
		s.MoreSpecific = &inside
	}
	r := request{Type: "ris_subscribe"}
	r.Data.Subscription, r.Data.SocketOptions = s, socketOptions{IncludeRaw: true, Acknowledge: true}
	return r
}
