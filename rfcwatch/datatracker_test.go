package rfcwatch

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestLongNames: a document has a name of at most 255 bytes.
func TestLongNames(t *testing.T) {
	t.Parallel()
	for length, documents := range map[int]int{maxDocumentName: 1, maxDocumentName + 1: 0} {
		tracker := &tracker{rejected: map[string]int{}}
		name := "draft-" + strings.Repeat("x", length-len("draft-"))
		err := tracker.add(json.RawMessage(fmt.Sprintf(`{"name": %q}`, name)))
		if len(tracker.documents) != documents || tracker.rejected["a name that is too long"] != 1-documents || (err == nil) != (documents == 1) {
			t.Errorf("%d bytes: %d documents, rejected %v, %v", length, len(tracker.documents), tracker.rejected, err)
		}
	}
}
