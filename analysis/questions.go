package analysis

// Questions are all questions, in the order of the site.
func Questions() []*Question {
	return []*Question{
		tableGrowth,
		prefixLengths,
		originASes,
		projections,
		addressSpan,
		moreSpecifics,
		deaggregation,
		deaggregators,
		pathLengths,
		ipv6AgainstIPv4,
		leftOut,
		moas,
		updatesByPeer,
		unstablePrefixes,
		bogons,
		bogonCount,
		rovStates,
		ipv6Readiness,
		decoderFindings,
		translationPrefixes,
		translationAnswers,
		specialBlocks,
		rfcsByYear,
		rfcsByStream,
		rfcsByArea,
		rfcAge,
		rfcStatusChanges,
		rfcErrata,
		rfcChanges,
		rfcWatchedChanges,
	}
}
