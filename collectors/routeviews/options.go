package routeviews

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
)

// DefaultBroker is where RouteViews' stream begins.
const DefaultBroker = "stream.routeviews.org:9092"

// Options are the table [record.routeviews] of a configuration.
type Options struct {
	Brokers    []string `toml:"brokers"`    // of Kafka, with ports, of which one must answer; empty: DefaultBroker
	Collectors []string `toml:"collectors"` // of RouteViews, as its topics name them; empty: all

	Prefixes []netip.Prefix `toml:"-"` // that are watched, with all inside them
	ASes     []uint32       `toml:"-"` // whose routes are watched: announcements, as a withdrawal has no path
}

// collectorName is the name of a collector in topics, which have letters, digits, dots, hyphens and underscores.
var collectorName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// Validate reports what is wrong with the options, and sets those that are empty.
func (o *Options) Validate() error {
	if len(o.Brokers) == 0 {
		o.Brokers = []string{DefaultBroker}
	}
	for _, address := range o.Brokers {
		host, port, err := net.SplitHostPort(address)
		if n, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil || n == 0 || host == "" {
			return fmt.Errorf("brokers: invalid address %q (want for example %s)", address, DefaultBroker)
		}
	}
	for _, name := range o.Collectors {
		if !collectorName.MatchString(name) {
			return fmt.Errorf("collectors: invalid name %q (want for example linx)", name)
		}
	}
	if len(o.Prefixes) == 0 && len(o.ASes) == 0 {
		return errors.New("nothing to watch for; want prefixes or ases in [watch] or a [[watch.rule]]")
	}
	return nil
}
