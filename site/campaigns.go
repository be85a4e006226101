package site

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"tidemark/analysis/campaign"
	"tidemark/datasets/table"
	"tidemark/site/publish"
)

// Campaigns are the lists of domains that are probed.
type Campaigns struct {
	All  []*campaign.Campaign
	From []*table.Manifest // partitions that they were read from
}

// campaignsPath is the page with all lists.
const campaignsPath = "campaigns/index.html"

// unsafeInPath is what a path of a campaign may not have.
var unsafeInPath = regexp.MustCompile(`[^a-z0-9]+`)

// campaignFolder returns where the pages of a campaign are. Names of lists are foreign, so a hash keeps two apart.
func campaignFolder(c *campaign.Campaign) string {
	sum := sha256.Sum256([]byte(c.List + "\x00" + c.Vantage))
	name := strings.Trim(unsafeInPath.ReplaceAllString(strings.ToLower(c.List+"-"+c.Vantage), "-"), "-")
	return "campaigns/" + name[:min(len(name), 60)] + "-" + hex.EncodeToString(sum[:4]) + "/"
}

// domainName is what a domain with a page looks like.
var domainName = regexp.MustCompile(`^[a-z0-9_][a-z0-9._-]{0,252}$`)

// campaignView is the page of a campaign.
type campaignView struct {
	*campaign.Campaign
	Path       string
	Rows       []domainRow
	Losses     []lossRow
	Provenance *provenance
}

// domainRow is a domain in a table.
type domainRow struct {
	*campaign.Domain
	Path string // empty: it has no page
}

// lossRow is a loss in a table.
type lossRow struct {
	campaign.Loss
	Path string // of the domain; empty: it has no page
}

// domainView is the page of a domain.
type domainView struct {
	*campaign.Domain
	Campaign *campaign.Campaign
	Path     string // of the campaign
}

// Newest returns the newest run.
func (v campaignView) Newest() campaign.Run { return v.Runs[0] }

// ShareReady returns the share of the judged websites that are ready.
func (v campaignView) ShareReady(r campaign.Run) string {
	return share(float64(r.Ready), float64(r.Judged))
}

// campaignPages returns the page of all lists, one for each, and one for each domain that is shown; none where nothing was probed.
func campaignPages(f *facts, stage *publish.Stage) ([]*page, error) {
	if len(f.Campaigns.All) == 0 {
		return nil, nil
	}
	from, err := f.provenanceOf(f.Campaigns.From, "data/campaigns.sources.csv", stage)
	if err != nil {
		return nil, err
	}
	index := &page{frame: f.frame, Path: campaignsPath, Nav: "IPv6", Body: "campaigns.html", Title: "Campaigns", Description: "The lists of domains that are probed, and how ready each is for IPv6."}
	pages := []*page{index}
	var views []campaignView
	for _, c := range f.Campaigns.All {
		folder := campaignFolder(c)
		v := campaignView{Campaign: c, Path: folder + "index.html", Provenance: from}
		paths := map[string]string{}
		for _, d := range c.Domains {
			if domainName.MatchString(d.Name) {
				paths[d.Name] = folder + d.Name + ".html"
				pages = append(pages, &page{frame: f.frame, Path: paths[d.Name], Nav: "IPv6", Body: "domain.html", Kind: kindDomain, AsOf: d.Time.Format("2006-01-02"), Title: d.Name,
					Description: fmt.Sprintf("How ready %s is for IPv6: services, history, and what to do.", d.Name), Data: domainView{d, c, v.Path}})
			}
			v.Rows = append(v.Rows, domainRow{d, paths[d.Name]})
		}
		for _, l := range c.Lost {
			v.Losses = append(v.Losses, lossRow{l, paths[l.Domain]})
		}
		views = append(views, v)
		pages = append(pages, &page{frame: f.frame, Path: v.Path, Nav: "IPv6", Body: "campaign.html", Scripts: []string{tableScript}, AsOf: c.Runs[0].Time.Format("2006-01-02"), Title: c.Title + ", from " + c.Vantage,
			Description: "How ready the domains of the list are for IPv6, run by run, and who lost it.", Data: v})
	}
	index.Data = views
	return pages, nil
}
