package cli

import (
	"testing"

	"tidemark/datasets/table"
	"tidemark/site/terms"
)

// TestTermsOfKinds: the files of every kind have terms in the table, whichever address they came from. Dumps and tables of prefixes are
// their collectors'.
func TestTermsOfKinds(t *testing.T) {
	collector := map[string]string{"mrt": "rrc00/", "prefix-origins": "riswhois/", "as-names": "ripencc/", "irr-routes": "ripencc/", "bogon-list": "team-cymru/", "roas": "rpki-client/"}
	for _, kind := range Kinds() {
		if terms.Of(table.Input{Name: kind.Name() + "/" + collector[kind.Name()] + "2026-11-28/file"}) == terms.Unknown {
			t.Errorf("files of kind %s have no terms", kind.Name())
		}
	}
}
