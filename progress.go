package main

import (
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
