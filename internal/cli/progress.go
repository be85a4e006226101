package cli

import (
	"sync"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far long work has come: on a terminal only, and not when quiet.
type progress struct{ bar *progressbar.ProgressBar }

func (env *environment) showsProgress() bool { return !env.quiet && isTerminal(env.stderr) }

func (env *environment) progress(what string, bytes int64) progress {
	if !env.showsProgress() {
		return progress{}
	}
	return progress{progressbar.NewOptions64(bytes,
		progressbar.OptionSetWriter(env.stderr),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100e6),
	)}
}

// counts shows how many of something are done, and at which rate, to whoever tells it how many that are by now.
func (env *environment) counts(what string) func(done, all int) {
	if !env.showsProgress() {
		return nil
	}
	var bar *progressbar.ProgressBar
	var mu sync.Mutex
	return func(done, all int) {
		mu.Lock()
		defer mu.Unlock()
		if bar == nil {
			bar = progressbar.NewOptions(all,
				progressbar.OptionSetWriter(env.stderr),
				progressbar.OptionSetDescription(what),
				progressbar.OptionShowCount(),
				progressbar.OptionShowIts(),
				progressbar.OptionSetPredictTime(true),
				progressbar.OptionClearOnFinish(),
				progressbar.OptionThrottle(100e6),
			)
		}
		bar.Set(done)
	}
}

func (p progress) add(n int64) {
	if p.bar != nil {
		p.bar.Add64(n)
	}
}

func (p progress) done() {
	if p.bar != nil {
		p.bar.Finish()
	}
}
