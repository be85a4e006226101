package analysis

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

//go:embed *.sql *.tmpl
var files embed.FS

// question completes a question from the files that are named after its slug: the query from the .sql file, and the words
// from the .tmpl file. The query begins with the shared queries, which are named without .sql. A missing file is a mistake in
// the program, and makes it panic when it starts.
func question(q Question, shared ...string) *Question {
	for _, name := range append(shared, q.Slug) {
		q.SQL += mustRead(name + ".sql")
	}
	if q.Continued != nil && slices.Contains(shared, "feed-breaks") {
		q.Continued.Compared = mustRead(shared[0]+".sql") + mustRead("feed-moments.sql")
	}
	if err := q.setWords(mustRead(q.Slug + ".tmpl")); err != nil {
		panic(err)
	}
	return &q
}

// answersOf begins a query that reads the answers of other questions. Each is a table that is named after its slug, with _ for -.
func answersOf(others ...*Question) string {
	var tables []string
	for _, q := range others {
		tables = append(tables, strings.ReplaceAll(q.Slug, "-", "_")+" AS (\n"+q.SQL+")")
	}
	return "WITH " + strings.Join(tables, ",\n") + "\n"
}

func mustRead(name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// setWords sets the sections of a .tmpl file, which is a txtar archive: the definition, the lead, the prose and the notes.
func (q *Question) setWords(text string) error {
	for _, section := range txtar.Parse([]byte(text)).Files {
		words := unwrap(strings.TrimSpace(string(section.Data)))
		switch section.Name {
		case "definition":
			q.Definition = words
		case "lead":
			q.Lead = words
		case "prose":
			q.Prose = words
		case "notes":
			q.Notes = strings.Split(words, "\n")
		default:
			return fmt.Errorf("%s.tmpl has an unknown section %q (want definition, lead, prose or notes)", q.Slug, section.Name)
		}
	}
	return nil
}

// unwrap joins the lines of a text that has one clause per line: an indented line continues the line before it after a
// space, or without one if that line ends in a backslash. Other line breaks remain.
func unwrap(text string) string {
	var b strings.Builder
	glued := false // the line before ends in a backslash
	for i, line := range strings.Split(text, "\n") {
		rest := strings.TrimLeft(line, " \t")
		switch {
		case i == 0 || glued:
		case rest != line && rest != "":
			b.WriteByte(' ')
		default:
			b.WriteByte('\n')
		}
		rest, glued = strings.CutSuffix(rest, `\`)
		b.WriteString(rest)
	}
	return b.String()
}

// Questions returns all questions, in the order of the site.
func Questions() []*Question {
	return []*Question{
		tableGrowth,
		tableHistory,
		prefixLengths,
		originASes,
		projections,
		seriesJumps,
		addressSpan,
		unadvertised,
		delegationsByYear,
		delegationsByCountry,
		registryPools,
		transfersByYear,
		countries,
		countryIPv6,
		countryROV,
		registryRouting,
		moreSpecifics,
		deaggregation,
		deaggregators,
		pathLengths,
		attributes,
		asSets,
		blackholes,
		asRelations,
		customerCones,
		ipv6AgainstIPv4,
		ipv6Networks,
		ipv6HoldOuts,
		ipv6Space,
		leftOut,
		moasPrefixes,
		moas,
		routeChanges,
		originChanges,
		routeEvents,
		updatesByPeer,
		unstablePrefixes,
		needlessUpdates,
		malformedUpdates,
		otcUpdates,
		sessions,
		bogons,
		bogonCount,
		bogonWitnesses,
		rovStates,
		rovVantages,
		irrConsistency,
		roaChanges,
		aspaAdoption,
		aspaStates,
		ipv6Readiness,
		ipv6Strata,
		ipv6Funnel,
		ipv6Causes,
		ipv6BadAddresses,
		ipv6Servers,
		ipv6Resolvability,
		ipv6Quality,
		ipv6Pages,
		ipv6Definitions,
		ipv6League,
		ipv6Lost,
		ipv6Vantages,
		ipv6Hosting,
		ipv6Routes,
		vantageAbilities,
		nat64Seen,
		googleIPv6,
		ipv6Users,
		ipv6UsersByCountry,
		siteSurveys,
		decoderFindings,
		translationPrefixes,
		translationAnswers,
		specialBlocks,
		rfcsByYear,
		rfcsByStream,
		rfcsByArea,
		rfcsByGroup,
		rfcSizes,
		rfcStages,
		rfcAge,
		rfcStatusChanges,
		rfcErrata,
		rfcErrataRate,
		rfcAuthors,
		rfcCountries,
		rfcChanges,
		rfcWatchedChanges,
		ianaRegistrations,
		rfcPendingChanges,
		rfcCitations,
		standardsInTheWild,
	}
}

// RestingOn returns the titles of the questions that rest on an RFC.
func RestingOn(questions []*Question, rfc int) (titles []string) {
	for _, q := range questions {
		if slices.Contains(q.RFCs, rfc) {
			titles = append(titles, q.Title)
		}
	}
	return titles
}
