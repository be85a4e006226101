package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tidemark/rfcwatch/cite"
	"tidemark/rfcwatch/history"
)

type rfcCiteVerb struct {
	Numbers []rfcNumber `arg:"" help:"RFC numbers."`
	Format  string      `default:"text" enum:"text,bibtex,xml,apa" help:"text (as the RFC Editor writes references), bibtex, xml (for xml2rfc) or apa."`
	indexDay
}

// Run prints references to the documents.
func (v *rfcCiteVerb) Run(env *environment) error {
	day, err := flagDay("--as-of", v.AsOf)
	if err != nil {
		return err
	}
	state, err := history.At(env.Store(), day)
	if err != nil {
		return err
	}
	var references []string
	for _, n := range v.Numbers {
		d := state.Documents[uint32(n)]
		if d == nil || d.NotIssued {
			return fmt.Errorf("the index of %s has no RFC %d", state.Day.Format(time.DateOnly), n)
		}
		reference, err := cite.Reference(&d.RFC, state.Names(uint32(n)), v.Format)
		if err != nil {
			return err
		}
		references = append(references, reference)
	}
	_, err = io.WriteString(env.out, strings.Join(references, ""))
	return err
}
