package assistant

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tidemark/analysis/campaign"
	"tidemark/collectors/ipv6/readiness"
)

type probeIn struct {
	Domain string `json:"domain" jsonschema:"a domain of a probed list, such as example.net"`
}

type probeOut struct {
	Domain string        `json:"domain"`
	Places []probedPlace `json:"results" jsonschema:"the newest result of each list and place that has the domain"`
	Basis  basis         `json:"basis"`
}

// probedPlace is what the newest run of a place found about the domain, as an entry of a list.
type probedPlace struct {
	List     string             `json:"list"`
	Place    string             `json:"place" jsonschema:"from where it was probed"`
	ASN      int64              `json:"place_asn,omitempty"`
	Rank     int64              `json:"rank,omitempty"`
	Time     time.Time          `json:"time" jsonschema:"of the run"`
	Services []probedService    `json:"services"`
	History  []probedState      `json:"history" jsonschema:"newest first; a state lasts until the one above it"`
	Remedies []readiness.Remedy `json:"remedies" jsonschema:"what to do; null: unknown"`
}

type probedService struct {
	Service    string `json:"service"`
	Class      string `json:"class"`
	Cause      string `json:"cause,omitempty"`
	Reason     string `json:"reason,omitempty"`
	Resolvable string `json:"resolvable,omitempty" jsonschema:"whether a resolver without IPv4 finds it"`
	Step       string `json:"failing_step,omitempty"`
	Zone       string `json:"failing_zone,omitempty"`
}

type probedState struct {
	Since  time.Time `json:"since"`
	Domain string    `json:"domain,omitempty"`
	Web    string    `json:"web,omitempty"`
	Mail   string    `json:"mail,omitempty"`
	DNS    string    `json:"dns,omitempty"`
}

func (s *server) addProbe() {
	add(s, "probe", "Look a domain's IPv6 up", "Says how ready for IPv6 a domain's website, mail and name servers were in the newest stored probes, since when, and what to fix. Nothing is sent to the domain. Reasons may quote what servers said.", s.probe)
}

func (s *server) probe(ctx context.Context, in probeIn) (*probeOut, error) {
	name := strings.TrimSuffix(strings.ToLower(in.Domain), ".")
	if name == "" || len(name) > 253 || strings.ContainsAny(name, " \t\r\n/") {
		return nil, fmt.Errorf("invalid domain %q (want for example example.net)", in.Domain)
	}
	store, err := s.source.Open(ctx, campaign.Reads)
	if err != nil {
		return nil, err
	}
	found, err := campaign.Find(ctx, store, name)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no stored probe of %q is at hand; tidemark probe %s tests it now", name, name)
	}
	out := &probeOut{Domain: name}
	newest := time.Time{}
	for _, c := range found {
		p := placeOf(c, c.Domains[0])
		out.Places = append(out.Places, p)
		if p.Time.After(newest) {
			newest = p.Time
		}
	}
	from, err := partitionsOf(store, campaign.Reads, newest)
	if err != nil {
		return nil, err
	}
	out.Basis, err = s.basisOf(ctx, newest, from)
	return out, err
}

func placeOf(c *campaign.Campaign, d *campaign.Domain) probedPlace {
	p := probedPlace{List: c.List, Place: c.Vantage, ASN: c.VantageASN, Rank: d.Rank, Time: d.Time}
	for _, s := range d.Services {
		p.Services = append(p.Services, probedService{s.Name, s.Class, s.Cause, s.Reason, s.Resolvable, s.Step, s.Zone})
	}
	for _, h := range d.History {
		p.History = append(p.History, probedState(h))
	}
	if d.Remedied {
		p.Remedies = append([]readiness.Remedy{}, d.Remedies...)
	}
	return p
}
