package site

import (
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"weak"

	"tidemark/site/headers"
	"tidemark/site/publish"
)

// TestPagesAreDropped: what a page shows is garbage as soon as the page is written, so that a site need not fit into memory.
func TestPagesAreDropped(t *testing.T) {
	t.Parallel()
	stage, err := publish.Open(filepath.Join(t.TempDir(), "site"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stage.Close()
	for _, asset := range []string{"icon.svg", "icon-32.png", "icon-180.png", "site.css", "page.js"} {
		if err := stage.Add("assets/"+asset, []byte(asset)); err != nil {
			t.Fatal(err)
		}
	}
	paths := []string{"index.html", searchPath, headers.SQLPage} // and the areas: every page links to these
	for _, a := range areas {
		paths = append(paths, a.Path)
	}
	for i := range 100 {
		paths = append(paths, fmt.Sprintf("pages/%d.html", i))
	}
	var mu sync.Mutex
	var views []weak.Pointer[[1024]byte]
	held := 0 // of the views, at most
	view := func() any {
		mu.Lock()
		defer mu.Unlock()
		runtime.GC()
		alive := 0
		for _, v := range views {
			if v.Value() != nil {
				alive++
			}
		}
		held = max(held, alive)
		shown := new([1024]byte)
		views = append(views, weak.Make(shown))
		return shown
	}
	frame := &frame{file: stage.File, parts: new(sync.Map)}
	var pages []*page
	for _, path := range paths {
		pages = append(pages, &page{frame: frame, Path: path, Title: path, Body: "404.html", view: view})
	}
	if _, err := renderPages(pages, openMemory(""), stage); err != nil {
		t.Fatal(err)
	}
	if atOnce := runtime.GOMAXPROCS(0) + publish.Writers; held > atOnce {
		t.Errorf("%d of %d views were held at the same time, want %d or fewer", held, len(views), atOnce)
	}
}
