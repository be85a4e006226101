package ipv6

import (
	"context"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
)

// Probe probes the source's domains over a given network, as Fetch does over the machine's own.
func Probe(ctx context.Context, from collectors.Source, day time.Time, store *archive.Archive, n Network) error {
	return probe(ctx, from, item(from, day), store, n)
}
