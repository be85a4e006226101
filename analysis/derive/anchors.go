package derive

import (
	"strings"
	"unicode"
)

// regional are the regional registries, as the delegation files name them, each with its name in sentences.
var regional = []struct{ key, name string }{
	{"afrinic", "AFRINIC"}, {"apnic", "APNIC"}, {"arin", "ARIN"}, {"lacnic", "LACNIC"}, {"ripencc", "RIPE NCC"},
}

// registryName returns the name of a regional registry in sentences.
func registryName(key string) string {
	for _, r := range regional {
		if r.key == key {
			return r.name
		}
	}
	return key
}

// registryIn returns the regional registry that a text names first, such as "Administered by ARIN"; empty: none.
func registryIn(text string) string {
	for _, word := range wordsOf(text) {
		if word == "ripe" {
			return "ripencc"
		}
		for _, r := range regional {
			if word == r.key {
				return word
			}
		}
	}
	return ""
}

// anchorRegistry returns the regional registry whose trust anchor a text names: "ripe" of rpki-client, "RIPE NCC RPKI Root" of
// RIPE's validator. Anchors for AS 0 (of space that a registry has not delegated) and for tests are not the registry's.
func anchorRegistry(text string) string {
	for _, word := range wordsOf(text) {
		switch word {
		case "as0", "test", "testbed", "ote", "pilot":
			return ""
		}
	}
	return registryIn(text)
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
