package site

import (
	"tidemark/analysis/campaign"
	"tidemark/site/publish"
)

// ProbingPath is the page about the probes, to which their User-Agent points.
const ProbingPath = "probing.html"

// probingView is the page about the probes.
type probingView struct {
	Contact   string // empty: none is configured
	Campaigns []*campaign.Campaign
}

// probingPages returns the page for those who are probed; none where nothing was.
func probingPages(f *facts, _ *publish.Stage) ([]*page, error) {
	if len(f.Campaigns.All) == 0 {
		return nil, nil
	}
	return []*page{{frame: f.frame, Path: ProbingPath, Nav: "IPv6", Body: "probing.html", Title: "About the probes",
		Description: "What the probes of domains send, from where, and how to be left out.", Data: probingView{f.Contact, f.Campaigns.All}}}, nil
}
