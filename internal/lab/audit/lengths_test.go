package audit

import (
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// testPageLengths opens the pages of the sample's site that grow with the data, and those that scripts make, at 1440 by 900: none is longer
// than five screens before its reader asks for more.
func testPageLengths(t *testing.T, site string) {
	pages := []string{"as/index.html?n=41063", "as/index.html?n=3602", "prefix/index.html?p=60.9.16.0/24", "prefix/index.html?p=0.0.0.0/0"}
	for _, pattern := range []string{"*.html", "q/*/index.html", "report/*.html", "rfc/*.html", "networks/*.html", "datasets/index.html", "countries/[DU]*.html"} {
		found, err := filepath.Glob(filepath.Join(site, filepath.FromSlash(pattern)))
		if err != nil || len(found) == 0 {
			t.Fatalf("no page is called %s (%v)", pattern, err)
		}
		for _, path := range found {
			page, err := filepath.Rel(site, path)
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, filepath.ToSlash(page))
		}
	}
	const width, height, screens = 1440, 900, 5
	ctx, base := chromium(t, site)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if err := chromedp.Do(ctx, chromedp.Navigate(base+"/"+page)); err != nil {
			t.Fatalf("%s: %v", page, err)
		}
		if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`!document.getElementById("network") || !location.search || document.querySelector("#network h2") !== null`)); err != nil {
			t.Fatalf("%s: nothing is shown: %v", page, err)
		}
		long, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollHeight`))
		if err != nil {
			t.Fatalf("%s: %v", page, err)
		}
		if long > screens*height {
			t.Errorf("%s: %.2f screens; fold what a reader can ask for, or lead to it", page, float64(long)/height)
		}
	}
	t.Logf("%d pages", len(pages))
}
