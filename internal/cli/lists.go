package cli

import (
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
		registry.ROAs{},
		registry.SLURM{},
		registry.AddressSpace{},
		registry.ASNumbers{},
		registry.ASNames{},
		registry.BogonList{},
		rfcwatch.Index{},
		rfcwatch.Errata{},
		rfcwatch.Datatracker{},
		rfcwatch.Texts{},
		ipv6.Probes{Sample: sample.Probes()},
		vantage.Checks{},
		external.Google{},
		external.Survey{},
	}
}

// derivations returns what is derived, in order; witnesses are read from the dumps in files once more. A verdict on a route
// needs full feeds of minFullFeeds ASes.
func derivations(files *archive.Archive, minFullFeeds int) []derive.Derivation {
	return []derive.Derivation{
		derive.RouteStates(minFullFeeds),
		derive.UpdateStats,
		derive.Aggregation,
		derive.DomainReadiness,
		derive.DomainAddresses,
		derive.IntendedRelations, derive.RFCEvents,
		derive.RFCHistory, derive.RFCCitations,
		derive.DecoderNotes,
		derive.Witnesses(dumps{files}),
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
