package cli

import (
	"io"
	"sync"

	"github.com/schollz/progressbar/v3"
)

// progress shows on a terminal how far long work has come.
type progress struct {
	to    io.Writer
	shown bool
	bar   *progressbar.ProgressBar
}

// Begin shows a bar of bytes.
func (p *progress) Begin(what string, bytes int64) {
	p.bar = progressbar.NewOptions64(bytes, append(p.options(what), progressbar.OptionShowBytes(true))...)
}

// Advance moves the bar.
func (p *progress) Advance(bytes int64) { p.bar.Add64(bytes) }

// End removes the bar.
func (p *progress) End() { p.bar.Finish() }

// counts returns a function that shows how many of something are done; nil if nobody looks.
func (p *progress) counts(what string) func(done, all int) {
	if !p.shown {
		return nil
	}
	var bar *progressbar.ProgressBar
	var mu sync.Mutex
	return func(done, all int) {
		mu.Lock()
		defer mu.Unlock()
		if bar == nil {
			bar = progressbar.NewOptions(all, append(p.options(what), progressbar.OptionShowCount(), progressbar.OptionShowIts())...)
		}
		bar.Set(done)
	}
}

const redraw = 100e6 // nanoseconds

func (p *progress) options(what string) []progressbar.Option {
	return []progressbar.Option{
		progressbar.OptionSetWriter(p.to),
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(redraw),
	}
}
