package site

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	"golang.org/x/sync/errgroup"

	"tidemark/analysis"
	"tidemark/internal/legible"
	"tidemark/site/chart"
	"tidemark/site/publish"
	"tidemark/site/raster"
)

// drawingVersion changes when drawings of the same options are to look different.
const drawingVersion = "3"

// madeWith names what draws, so that the cache does not return a drawing that another version made.
func madeWith() string {
	all := []string{drawingVersion}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/xo/echartsgoja" || m.Path == "golang.org/x/image" {
				all = append(all, m.Path+"@"+m.Version)
			}
		}
	}
	return strings.Join(all, " ")
}

// artist draws charts and pictures, or gets them from the cache.
type artist struct {
	site  string // its title
	with  string // what draws
	cache *publish.Cache
}

// drawCharts draws the charts of all answers, several at a time, writes their files into the site, and returns the charts
// by the slugs of their questions. Answers without a value have none.
func (a artist) drawCharts(ctx context.Context, answers []*analysis.Answer, into *publish.Stage) (map[string]*chart.Chart, error) {
	charts := map[string]*chart.Chart{}
	type job struct {
		*chart.Drawing
		title string
	}
	var jobs []job
	for _, answer := range answers {
		if answer.Question.Chart == nil {
			continue
		}
		d, err := chart.New(answer)
		if err == nil && d != nil {
			err = into.Add(d.Chart.Script, d.Script)
			charts[d.Slug] = d.Chart
			jobs = append(jobs, job{d, legible.Text(answer.Question.Title)})
		}
		if err != nil {
			return nil, fmt.Errorf("chart of question %s: %w", answer.Question.Slug, err)
		}
	}
	due := make(chan job)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(due)
		for _, j := range jobs {
			select {
			case due <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range chart.Pens() {
		group.Go(func() error {
			for j := range due {
				if err := a.drawChart(ctx, j.Drawing, j.title, into); err != nil {
					return fmt.Errorf("chart of question %s: %w", j.Slug, err)
				}
			}
			return nil
		})
	}
	return charts, group.Wait()
}

// drawChart writes the drawings and the picture of a chart.
func (a artist) drawChart(ctx context.Context, d *chart.Drawing, title string, into *publish.Stage) error {
	key := sha256Hex(fmt.Appendf(nil, "%s %d %s", a.with, d.Height, d.Options))
	svg, err := a.cache.Get(key+".svg", func() ([]byte, error) { return d.SVG(ctx) })
	if err != nil {
		return fmt.Errorf("drawing: %w", err)
	}
	line := legible.Text(a.site)
	if d.Standing != "" {
		line += ". " + d.Standing
	}
	key = sha256Hex(fmt.Appendf(nil, "%s %q %q %s", a.with, line, title, svg))
	png, err := a.cache.Get(key+".png", func() ([]byte, error) { return raster.PNG(line, title, svg) })
	if err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	if err := into.Add(d.Light, svg); err != nil {
		return err
	}
	if err := into.Add(d.Dark, chart.Darkened(svg)); err != nil {
		return err
	}
	return into.Add(d.Picture, png)
}

// card draws the picture of pages without a chart.
func (a artist) card() ([]byte, error) {
	key := sha256Hex(fmt.Appendf(nil, "%s card %q", a.with, a.site))
	return a.cache.Get(key+".png", func() ([]byte, error) {
		return raster.PNG(legible.Text(a.site), "How the Internet evolves: its routing table, its IPv6, its standards", nil)
	})
}
