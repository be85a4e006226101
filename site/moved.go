package site

// movedView leads from an address of earlier releases to the page that is now elsewhere.
type movedView struct{ To *page }

// movedPage returns the page at an old address. A web server may redirect instead, see docs/headers.
func (f *facts) movedPage(path string, to *page) *page {
	return &page{frame: f.frame, Path: path, Body: "moved.html", Title: to.Title, Description: to.Description, Unlisted: true, Moved: to.Path, Data: movedView{to}}
}
