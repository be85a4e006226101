package text

import (
	"fmt"
	"strings"
	"testing"
)

// TestAuthors has the layouts that addresses have had.
func TestAuthors(t *testing.T) {
	for _, c := range []struct{ name, section, want string }{
		{"one below another", "Authors' Addresses\n\n   Ada One\n   First, Inc.\n   1 Street\n   Paris\n   France\n   Email: a@example.com\n\n   Bob Two (editor)\n   2 Street\n   Bonn, Germany.\n",
			"Ada One, First, Inc., FR; Bob Two, , DE"},
		{"side by side", "Authors' Addresses\n\n   Ada One                     Bob Two\n   First Corp                  Second, Ltd\n   3 Road\n   Palo Alto, CA 94304         London, U.K.\n\n   Phone: +1 1                 Phone: +44 2\n",
			"Ada One, First Corp, US; Bob Two, Second, Ltd, GB"},
		{"a title within a section", "8.  The End\n\n   Text.\n\n   Authors' Addresses\n\n   Ada One          Bob Two\n   First            Second\n\n   Other contributors\n\n   Eve Three        Joe Four\n   Third            Fourth\n",
			"Ada One, First, ; Bob Two, Second, "},
		{"upside down", "Author's Address\n\n   Ada One\n   China\n   200233\n   Shanghai\n   Tencent\n", "Ada One, China, CN"},
		{"a state that is named like a country", "Author's Address\n\n   Ada One\n   First\n   Atlanta, Georgia\n\n   Bob Two\n   Second\n   Santa Fe, New Mexico\n", "Ada One, First, ; Bob Two, Second, "},
		{"a state or a country", "Author's Address\n\n   Ada One\n   First\n   CA\n\n   Bob Two\n   Second\n   Delft\n   NL\n", "Ada One, First, ; Bob Two, Second, NL"},
		{"an organisation with a country in its name", "Author's Address\n\n   Ada One\n   Orange Poland\n   Email: a@example.com\n", "Ada One, Orange Poland, "},
		{"terms", "Author's Address\n\n   Ada One\n   First\n\n   ANSI:     American Institute\n   IAB:      Internet Board\n", "Ada One, First, "},
	} {
		var got []string
		for _, a := range Parse(c.section).Authors {
			got = append(got, fmt.Sprintf("%s, %s, %s", a.Name, a.Organization, a.Country))
		}
		if got := strings.Join(got, "; "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestCountryCode(t *testing.T) {
	for name, want := range map[string]string{"United States of America": "US", "P.R. China": "CN", "Republic of Korea": "KR", "The Netherlands": "NL", "NL": "NL",
		"Côte d’Ivoire": "CI", "nl": "", "Earth": "", "": "", "XX": ""} {
		if got := CountryCode(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
