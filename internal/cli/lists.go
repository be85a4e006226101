package cli

import (
	"net/netip"
	"time"

	"tidemark/analysis"
	"tidemark/analysis/derive"
	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/external"
	"tidemark/collectors/ipv6"
	"tidemark/collectors/ipv6/vantage"
	"tidemark/collectors/registry"
	"tidemark/collectors/routes"
	"tidemark/internal/lab/sample"
	"tidemark/rfcwatch"
)

// Kinds returns the kinds that sources may have.
func Kinds() []collectors.Kind {
	return []collectors.Kind{
		routes.MRT{},
		routes.Tables{},
		registry.SpecialPrefixes{},
		registry.Delegations{},
		registry.Transfers{},
		registry.ROAs{},
		registry.SLURM{},
		registry.AddressSpace{},
		registry.ASNumbers{},
		registry.ASNames{},
		registry.ASOrgs{},
		registry.IRRRoutes{},
		registry.Assignments{},
		registry.BogonList{},
		rfcwatch.Index{},
		rfcwatch.Errata{},
		rfcwatch.Datatracker{},
		rfcwatch.Milestones{},
		rfcwatch.Texts{},
		ipv6.Probes{Sample: sample.Probes()},
		vantage.Checks{},
		external.Google{},
		external.APNIC{},
		external.Users{},
		external.Survey{},
	}
}

// derivationOptions is what the configuration says of derivations.
type derivationOptions struct {
	histories      string         // folder, as of derive.RouteEvents
	minFullFeeds   int            // ASes of which a verdict on a route needs full feeds
	convergenceGap time.Duration  // between updates of two convergence events, at least
	routeServers   []uint32       // ASes that are removed from paths for relations and leaks
	watched        []netip.Prefix // of which the update files are kept apart
}

// derivations returns what is derived, in order; for witnesses, ASPA states and relations the dumps in files are read once more.
func derivations(files *archive.Archive, o derivationOptions) []derive.Derivation {
	return []derive.Derivation{
		derive.RouteStates(o.minFullFeeds),
		derive.RouteCounts,
		derive.Countries,
		derive.IRRStats,
		derive.UpdateStats,
		derive.PrefixUpdates(o.convergenceGap),
		derive.WatchedUpdates(o.watched),
		derive.Aggregation,
		derive.DomainReadiness,
		derive.DomainPages,
		derive.DomainAddresses,
		derive.AssignmentEvents,
		derive.IntendedRelations, derive.RFCEvents,
		derive.RFCHistory, derive.RFCCitations,
		derive.DecoderNotes,
		derive.Witnesses(dumps{files}),
		derive.ASPAStates(dumps{files}),
		derive.ROAChanges,
		derive.Topology(dumps{files}, o.routeServers),
		derive.RouteLeaks(dumps{files}, o.routeServers),
		derive.RouteMarks,
		derive.RouteEvents(o.histories),
	}
}

// questions returns what is asked.
func questions() []*analysis.Question { return analysis.Questions() }

func kindNames() (names []string) {
	for _, k := range Kinds() {
		names = append(names, k.Name())
	}
	return names
}
