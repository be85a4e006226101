package operator

import (
	"fmt"
	"regexp"
	"strings"
)

// ASPage returns the address of a watched AS's page, from the root of the site.
func ASPage(asn uint32) string { return fmt.Sprintf("networks/as%d.html", asn) }

// PrefixPage returns the address of a watched prefix's page, from the root of the site: 192.0.2.0/24 becomes 192.0.2.0_24, and colons
// become hyphens.
func PrefixPage(prefix string) string {
	return "networks/" + strings.NewReplacer("/", "_", ":", "-").Replace(prefix) + ".html"
}

// countryCode is what a code with a page looks like; a registry's file may have anything in its place.
var countryCode = regexp.MustCompile(`^[A-Z]{2}$`)

// CountryPage returns the address of a country's page, from the root of the site; "" if the code has none.
func CountryPage(code string) string {
	if !countryCode.MatchString(code) {
		return ""
	}
	return "countries/" + code + ".html"
}
