// Package datasets declares every table that Tidemark writes, one file per subject: the columns with their type, unit,
// meaning and the RFC that defines them. The writers, the readers, the data dictionary and the site's pages follow from
// these declarations.
package datasets

import "tidemark/datasets/table"

// All lists every dataset in the order in which the data flows: observed first, then derived.
func All() []*table.Schema {
	return []*table.Schema{
		Peers.Schema,
		Routes.Schema,
		TableStats.Schema,
		Updates.Schema,
		UpdateErrors.Schema,
		RIBEntries.Schema,
		SpecialPrefixes.Schema,
		Delegations.Schema,
		ROAs.Schema,
		ASPAs.Schema,
		RouterKeys.Schema,
		LocalExceptions.Schema,
		AddressBlocks.Schema,
		ASBlocks.Schema,
		ASNames.Schema,
		BogonPrefixes.Schema,
		IPv6Probes.Schema,
		VantageChecks.Schema,
		ExternalSeries.Schema,
		RFCs.Schema,
		RFCRelations.Schema,
		RFCErrata.Schema,
		Drafts.Schema,
		DraftRelations.Schema,
		DraftHeaders.Schema,
		Paragraphs.Schema,
		Statements.Schema,
		RFCTexts.Schema,
		RFCSections.Schema,
		RFCReferences.Schema,
		RouteStates.Schema,
		Witnesses.Schema,
		StateStats.Schema,
		AddressUses.Schema,
		UpdateStats.Schema,
		Aggregations.Schema,
		DomainReadinesses.Schema,
		DomainAddresses.Schema,
		IntendedRelations.Schema,
		RFCEvents.Schema,
		RFCHistory.Schema,
		RFCCitations.Schema,
		DecoderNotes.Schema,
	}
}
