package operator

import (
	"fmt"
	"strings"
)

// ASPage returns the address of a watched AS's page, from the root of the site.
func ASPage(asn uint32) string { return fmt.Sprintf("networks/as%d.html", asn) }

// PrefixPage returns the address of a watched prefix's page, from the root of the site: 192.0.2.0/24 becomes 192.0.2.0_24, and colons
// become hyphens.
func PrefixPage(prefix string) string {
	return "networks/" + strings.NewReplacer("/", "_", ":", "-").Replace(prefix) + ".html"
}
