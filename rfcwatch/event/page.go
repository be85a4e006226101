package event

import "fmt"

// Page returns the address of a document's page, from the root of the site.
func Page(rfc int) string { return fmt.Sprintf("rfc/%d.html", rfc) }
