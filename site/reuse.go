package site

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"

	"tidemark/internal/legible"
	"tidemark/site/chart"
	"tidemark/site/headers"
	"tidemark/site/metadata"
	"tidemark/site/publish"
)

// reuse is how to cite an answer, and how to show its figure elsewhere.
type reuse struct {
	metadata.Reference
	Paths  map[string]string // of the references, by format
	Embed  string            // path of the page that shows the figure alone; empty: there is no figure
	Frame  string            // HTML that shows that page on another one; empty: the site's address is unknown
	Height int               // of the frame
}

func embedPath(slug string) string { return strings.Replace(headers.EmbedPages, "*", slug, 1) }

func (f *facts) reuseOf(a *answerTable) reuse {
	slug := a.Question.Slug
	r := reuse{Reference: metadata.ReferenceTo(f.Site, &a.described), Paths: map[string]string{"BibTeX": answerPath(slug, "bib"), "RIS": answerPath(slug, "ris")}}
	if c := f.charts[slug]; c != nil {
		r.Embed, r.Height = embedPath(slug), frameHeight(c)
		r.Frame = f.frameCode(a, c)
	}
	return r
}

// publish writes the references.
func (r *reuse) publish(stage *publish.Stage) error {
	if err := stage.Add(r.Paths["BibTeX"], []byte(r.BibTeX())); err != nil {
		return err
	}
	return stage.Add(r.Paths["RIS"], []byte(strings.ReplaceAll(r.RIS(), "\n", "\r\n")))
}

// frameWidth is the width of a frame in pixels where the page around it does not say another one.
const frameWidth = 800

// frameHeight returns the height in pixels in which a frame shows all of a chart with its title, controls and notes.
func frameHeight(c *chart.Chart) int { return c.Height + 420 }

// frameCode returns HTML that shows the figure of an answer on a page elsewhere; "" where the site's address is unknown.
func (f *facts) frameCode(a *answerTable, c *chart.Chart) string {
	if f.Site.URL == "" {
		return ""
	}
	address := f.Site.URL + strings.TrimSuffix(embedPath(a.Question.Slug), "index.html")
	return fmt.Sprintf(`<iframe src="%s" title="%s" width="%d" height="%d" loading="lazy"></iframe>`, html.EscapeString(address), html.EscapeString(legible.Text(a.Question.Title)), frameWidth, frameHeight(c))
}

// oEmbed is what https://oembed.com asks for.
type oEmbed struct {
	Version         string `json:"version"`
	Type            string `json:"type"`
	Title           string `json:"title"`
	Provider        string `json:"provider_name"`
	ProviderURL     string `json:"provider_url"`
	HTML            string `json:"html"`
	Width           int    `json:"width"`
	Height          int    `json:"height"`
	Thumbnail       string `json:"thumbnail_url"`
	ThumbnailWidth  int    `json:"thumbnail_width"`
	ThumbnailHeight int    `json:"thumbnail_height"`
}

// publishOEmbed writes what oEmbed says of the page of a question, and lets the page name it. It needs the site's address.
func (f *facts) publishOEmbed(p *page, a *answerTable, c *chart.Chart, stage *publish.Stage) error {
	if f.Site.URL == "" {
		return nil
	}
	p.OEmbed = "q/" + a.Question.Slug + "/oembed.json"
	content, err := json.MarshalIndent(oEmbed{Version: "1.0", Type: "rich", Title: legible.Text(a.Question.Title), Provider: legible.Text(f.Site.Title), ProviderURL: f.Site.URL,
		HTML: f.frameCode(a, c), Width: frameWidth, Height: frameHeight(c), Thumbnail: f.Site.URL + c.Picture, ThumbnailWidth: 1200, ThumbnailHeight: 630}, "", " ")
	if err != nil {
		return err
	}
	return stage.Add(p.OEmbed, append(content, '\n'))
}

// embedView is a figure by itself.
type embedView struct {
	Chart  *chart.Chart
	Claim  string // title of the figure
	Slug   string
	Footer string // whose it is, and the licences
}

// embedPage returns the page that shows the figure of an answer alone, for frames of other sites.
func (f *facts) embedPage(a *answerTable, c *chart.Chart) *page {
	q := a.Question
	alone := *c
	alone.Alt = strings.Replace(c.Alt, chart.TableNote, "The page of the question has the values.", 1)
	return &page{frame: f.frame, Path: embedPath(q.Slug), Of: questionPath(q.Slug), Title: q.Title, Description: a.Lead, Frame: "embed", Body: "embed.html", Charts: true, Unlisted: true,
		Shown: c.Picture, AsOf: a.Standing.Day(), Data: embedView{&alone, claim(a.Answer), q.Slug, sourceWords(f.Site, a.described.Sources)}}
}
