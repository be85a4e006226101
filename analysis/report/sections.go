package report

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets/table"
	"tidemark/internal/prose"
	"tidemark/internal/quantity"
)

// section makes a part of the report. Text, JSON, Markdown and page follow from what it returns.
type section struct {
	slug, title, about string
	fill               func(m *maker, ctx context.Context, s *Section) error
}

var sections = []section{
	{"table", "The table", "Tables without default routes, IPv4 prefixes outside /8 to /24 and IPv6 prefixes outside /16 to /48, of all peers of the collector together. A year ends with the table nearest to the first of January after it, within eight days, or else with the last of the year; growth is that between two ends a year apart.", growing(tableFigures, "prefixes", "prefixes", "prefix", "prefixes")},
	{"sizes", "Sizes of prefixes", "The span is the union of the table’s prefixes. Of IPv4, 3,706,452,992 addresses may be routed: all but those that RFC 6890 reserves, multicast and 240.0.0.0/4.", figures(sizeFigures, "bits", saying{"Average prefix length", "On {day}, the average {family} prefix of {table} was {value} bits long."})},
	{"lengths", "Prefixes by length", "All prefixes of the table, by the length of their mask.", fillLengths},
	{"specifics", "More specifics", "A more specific prefix of a full feed is compared with the longest prefix of the same feed that covers it. Its space is the addresses for which it is the longest match. The values are medians over the full feeds, with the lowest and the highest in brackets.", figures(specificFigures, "prefixes", saying{"More specifics, of all prefixes", "On {day}, {value} % of the {family} prefixes of {table} were more specific than another one."})},
	{"aggregation", "Aggregation", "What remains if each origin AS leaves out what another of its prefixes covers and merges halves. The factor is that of the tables of full feeds, median with the lowest and the highest in brackets; all else is of all peers together.", fillAggregation},
	{"ases", "Autonomous systems", "From paths without prepending. A stub is an origin AS that no path shows in front of another one; links are pairs of neighbours in a path.", growing(asFigures, "origin_ases", "origin ASes", "origin AS", "origin ASes")},
	{"homing", "Providers and neighbours", "Relations of ASes are inferred from the paths of all dumps of the hour (Luckie et al., IMC 2013). A link that no collected path crosses is not seen: an AS has at least as many providers as are counted.", fillHoming},
	{"paths", "Paths", "Over the entries of full feeds; the peer counts, a set counts 1.", figures(pathFigures, "ASes", saying{"Path length, mean", "On {day}, the average {family} path of {table} had {value} ASes."})},
	{"turnover", "What became of prefixes and ASes", "Two tables of a collector a year apart. A prefix is unchanged if the same ASes originate it. Space is that of root prefixes, which do not overlap. An AS was added if it originates a prefix of the second table and none of the first.", fillTurnover},
	{"newcomers", "How old newly announced space is", "What the table that ends a year has and the one a year before had not, by the day on which a registry delegated it: a prefix by the delegation of its first address, space exactly. Delegations are those of the registries’ newest files in the month to the table. Unknown are what these files give as delegated on no day or on one after the table, and what they do not give as delegated at all.", fillNewcomers},
	{"growth", "Growth and projections", "The daily rate is the difference between the ends of a year, divided by the days between. Smoothed, it is the median of the rates over a month, each between two medians of the tables of 15 days, with the lowest and the highest in brackets. Projections continue a least-squares fit of five years; the last column says how far the same model, made a year earlier, missed the year that has ended. They are not forecasts.", fillGrowth},
	{"states", "Validity and bogons", "Pairs of prefix and origin of the table, by route origin validation (RFC 6811) with the payloads of the day, and by what the registries say of space and AS numbers.", fillDerived(states, "routes", saying{"ROV-valid", "On {day}, {value} {family} routes of {table} were ROV-valid."})},
	{"regions", "Regions and largest networks", "By registration, which is not location: prefixes and ASes by the registry of the origin AS, space by its own. A prefix with origins of several countries counts in each.", fillRegions},
	{"movers", "Gainers and losers", "Origin ASes by the change of the number of their prefixes.", fillMovers},
	{"registries", "Space and numbers delegated", "What the five regional registries have allocated or assigned by their delegation files, and how much of it the tables cover.", fillRegistries},
	{"pools", "What is left of the registries’ pools", "By each registry’s newest delegation file in the month to the end of a year. Delegations of the year are the records of that file that are dated in it. Space is available or reserved only where a file in the extended format says so.", fillPools},
	{"updates", "Updates", "Of the collector with the most days and updates in the window, all peers together. A convergence event is a sequence of elements of a peer and prefix without a gap of the length that is given; types compare an element with the one before it of the same peer, prefix and day, and shares are of those that have one.", fillUpdates},
	{"days", "Updates by day", "The 31 days to the newest day with updates in the year.", fillDays},
	{"busiest", "Busiest prefixes and origins", "In the 31 days to the newest day with updates in the year.", fillBusiest},
}

// report makes all sections.
func (m *maker) report(ctx context.Context, from []*table.Manifest) (*Report, error) {
	for _, read := range []func(context.Context) error{m.readSeries, m.readEnds, m.readRoutes, m.readUpdated} {
		if err := read(ctx); err != nil {
			return nil, err
		}
	}
	r := &Report{Year: m.year, From: from}
	for _, s := range sections {
		made := Section{Slug: s.slug, Title: s.title, About: s.about}
		if err := s.fill(m, ctx, &made); err != nil {
			return nil, fmt.Errorf("section %s: %w", s.slug, err)
		}
		made.Text = prose.SaidOnce(strings.Join(slices.DeleteFunc(strings.Split(made.Text, "\n"), func(s string) bool { return s == "" }), " "))
		r.Sections = append(r.Sections, made)
	}
	return r, nil
}

// growing returns the function for a section of figures of tables whose text and chart are about the growth of a metric.
func growing(figures []figure, metric, unit, one, many string) func(*maker, context.Context, *Section) error {
	return func(m *maker, _ context.Context, s *Section) error {
		for _, family := range families {
			s.Years = append(s.Years, m.tableOf(family, figures))
			s.Text += m.sentence(family, metric, one, many) + "\n"
			m.plotSeries(s, family, metric, unit)
		}
		return nil
	}
}

// figures returns the function for a section of figures of tables, with a sentence and a chart of those of a unit.
func figures(of []figure, unit string, about saying) func(*maker, context.Context, *Section) error {
	return func(m *maker, _ context.Context, s *Section) error {
		for _, family := range families {
			y := m.tableOf(family, of)
			s.Years, s.Text = append(s.Years, y), s.Text+m.say(about, family, y)
		}
		plotRows(s, unit)
		return nil
	}
}

// tableOf returns the table of a family's figures.
func (m *maker) tableOf(family int, of []figure) Years {
	y := m.yearsTable(family, "")
	y.Growth = slices.ContainsFunc(of, func(f figure) bool { return f.grows })
	y.Rows = m.rows(family, of)
	return y
}

// sentence says what a metric is at the end of the year, and how it grew.
func (m *maker) sentence(family int, metric, one, many string) string {
	e := m.ends[family][3]
	v := known(e.values, metric)
	if v == nil {
		return ""
	}
	what := many
	if *v == 1 {
		what = one
	}
	text := fmt.Sprintf("On %s, the IPv%d table of %s had %s %s", e.time.Format(longDay), family, m.series[family], printed(*v, 0), what)
	before := m.ends[family][2]
	if b := known(before.values, metric); b != nil && *b > 0 && comparable(before, e) {
		text += ", " + change(*b, *v) + " a year before"
	}
	return text + "."
}

// change says by how much a value differs from the one before.
func change(before, now float64) string {
	percent := printed(math.Abs(100*(now/before-1)), 1)
	switch {
	case now == before:
		return "as many as"
	case now > before:
		return percent + " % more than"
	}
	return percent + " % fewer than"
}

// saying is a sentence about a figure of the report's year. In its text, {day}, {table}, {family} and {value} are replaced.
type saying struct{ label, text string }

// say returns the sentence; "" if the figure is unknown.
func (m *maker) say(of saying, family int, y Years) string {
	for _, r := range y.Rows {
		if r.Label == of.label && r.Values[2] != nil {
			return strings.NewReplacer("{day}", m.ends[family][3].time.Format(longDay), "{table}", m.series[family].String(),
				"{family}", fmt.Sprintf("IPv%d", family), "{value}", printed(*r.Values[2], r.Digits)).Replace(of.text) + "\n"
		}
	}
	return ""
}

// plotSeries adds the series of a metric in the three years.
func (m *maker) plotSeries(s *Section, family int, metric, unit string) {
	if s.Plot == nil {
		s.Plot = &Plot{Unit: unit, Log: true}
	}
	for _, p := range m.points[m.series[family]][metric] {
		if p.Value > 0 && p.Time.After(endOf(m.year-4).Add(maxFromEnd)) || p.Time.Equal(m.ends[family][0].time) {
			s.Plot.Points = append(s.Plot.Points, Point{Time: p.Time, Series: fmt.Sprintf("IPv%d", family), Value: p.Value})
		}
	}
}

// plotRows draws the rows of a unit, a bar a year and family.
func plotRows(s *Section, unit string) {
	for _, y := range s.Years {
		for _, r := range y.Rows {
			if r.Unit == unit {
				s.addBars(y, r, unit, "%s, end of %d")
			}
		}
	}
}

// addBars draws what is known of a row, a bar a year. series is the format of the name of a family's bars of a year.
func (s *Section) addBars(y Years, r Row, unit, series string) {
	for i, v := range r.Values {
		if v == nil {
			continue
		}
		if s.Plot == nil {
			s.Plot = &Plot{Bars: true, Unit: unit}
		}
		s.Plot.Points = append(s.Plot.Points, Point{Name: r.Label, Series: fmt.Sprintf(series, y.Title, y.Years[i]), Value: *v})
	}
}

func fillTurnover(m *maker, ctx context.Context, s *Section) error {
	for _, family := range families {
		y, err := m.turnover(ctx, family)
		if err != nil {
			return err
		}
		s.Years = append(s.Years, y)
		if v := y.Rows[0].Values[2]; v != nil {
			s.Text += fmt.Sprintf("Between %s and %s, %s IPv%d prefixes kept their origin at %s.\n", inWords(y.AsOf[1]), inWords(y.AsOf[2]), printed(*v, 0), family, m.series[family])
		}
		for _, r := range y.Rows[:len(turnoverRows)] {
			s.addBars(y, r, "prefixes", "%s, %d")
		}
	}
	for _, family := range families {
		l, err := m.ages(ctx, family)
		if err != nil {
			return err
		}
		s.Lists = append(s.Lists, l)
	}
	return nil
}

func fillGrowth(m *maker, _ context.Context, s *Section) error {
	for _, family := range families {
		y := m.dailyGrowth(family)
		y.Rows = append(y.Rows, m.smoothedGrowth(family)...)
		s.Years, s.Lists = append(s.Years, y), append(s.Lists, m.projections(family))
		if v := y.Rows[0].Values[2]; v != nil {
			verb := "grew"
			if *v < 0 {
				verb = "shrank"
			}
			s.Text += fmt.Sprintf("Between %s and %s, the IPv%d table of %s %s by %s prefixes a day.\n", inWords(y.AsOf[1]), inWords(y.AsOf[2]), family, m.series[family], verb, printed(math.Abs(*v), 1))
		}
		m.plotRates(s, family)
	}
	return nil
}

func fillMovers(m *maker, ctx context.Context, s *Section) error {
	for _, family := range families {
		ends := m.ends[family]
		year := [2]time.Time{ends[2].time, ends[3].time}
		if !comparable(ends[2], ends[3]) {
			year = [2]time.Time{}
		}
		l, err := m.movers(ctx, family, fmt.Sprintf("the year %d", m.year), year[0], year[1], fmt.Sprintf(needTwoDumps, m.year, m.year+1))
		if err != nil {
			return err
		}
		before, now := m.lastWeek(family)
		week, err := m.movers(ctx, family, "the last seven days", before, now, "needs a table of seven days before the year's last one, with routes")
		if err != nil {
			return err
		}
		s.Lists = append(s.Lists, l, week)
		if len(l.Rows) > 0 && strings.HasPrefix(l.Rows[0][4], "+") {
			s.Text += fmt.Sprintf("Between %s and %s, AS%s gained the most IPv%d prefixes: %s.\n", year[0].Format(longDay), year[1].Format(longDay), strings.TrimPrefix(l.Rows[0][0], "AS"), family, strings.TrimPrefix(l.Rows[0][4], "+"))
		}
	}
	return nil
}

func fillRegistries(m *maker, ctx context.Context, s *Section) error {
	for _, family := range families {
		y, err := m.registries(ctx, family)
		if err != nil {
			return err
		}
		s.Years = append(s.Years, y)
		if v := y.Rows[2].Values[2]; v != nil {
			s.Text += fmt.Sprintf("Of the delegated IPv%d space, %s was announced on %s.\n", family, quantity.Percent(*v/100), inWords(y.AsOf[2]))
		}
	}
	return nil
}

func fillUpdates(m *maker, ctx context.Context, s *Section) error {
	for _, family := range families {
		for _, days := range windows {
			y, err := m.instability(ctx, family, days)
			if err != nil {
				return err
			}
			s.Years = append(s.Years, y)
			if days != windows[0] {
				continue
			}
			if v := y.Rows[3].Values[2]; v != nil {
				s.Text += fmt.Sprintf("In the week to %s, %s IPv%d prefixes were unstable a day.\n", inWords(y.AsOf[2]), printed(*v, 0), family)
			}
			for _, r := range y.Rows[9:17] {
				if v := r.Values[2]; v != nil {
					if s.Plot == nil {
						s.Plot = &Plot{Bars: true, Unit: "% of updates with one before them"}
					}
					s.Plot.Points = append(s.Plot.Points, Point{Name: r.Label, Series: fmt.Sprintf("IPv%d", family), Value: *v})
				}
			}
		}
	}
	return nil
}

// fillLengths makes a row of each length that a table of the years has.
func fillLengths(m *maker, _ context.Context, s *Section) error {
	for _, family := range families {
		found := map[int]bool{}
		for _, e := range m.ends[family] {
			for name := range e.values {
				if length, ok := strings.CutPrefix(name, "prefixes_by_length "); ok {
					bits, err := strconv.Atoi(length)
					if err != nil {
						return err
					}
					found[bits] = true
				}
			}
		}
		var lengths []figure
		for _, bits := range slices.Sorted(maps.Keys(found)) {
			lengths = append(lengths, figure{label: fmt.Sprintf("/%d", bits), unit: "prefixes", of: countOfLength(bits), grows: true})
		}
		y := m.tableOf(family, lengths)
		s.Years, s.Text = append(s.Years, y), s.Text+m.commonest(family, y)
	}
	plotRows(s, "prefixes")
	return nil
}

// commonest says which length most prefixes of the report's year have; "" if that is unknown.
func (m *maker) commonest(family int, y Years) string {
	var most Row
	for _, r := range y.Rows {
		if r.Values[2] != nil && (most.Values[2] == nil || *r.Values[2] > *most.Values[2]) {
			most = r
		}
	}
	if most.Values[2] == nil {
		return ""
	}
	return fmt.Sprintf("On %s, the commonest length of the IPv%d prefixes of %s was %s, with %s of them.\n", m.ends[family][3].time.Format(longDay), family, m.series[family], most.Label, printed(*most.Values[2], 0))
}

// countOfLength returns the function for the prefixes of a length: none, if the table has others.
func countOfLength(bits int) func(*end, int) *float64 {
	return func(e *end, _ int) *float64 {
		if known(e.values, "prefixes") == nil {
			return nil
		}
		return pointer(e.values[fmt.Sprintf("prefixes_by_length %d", bits)])
	}
}

func fillDays(m *maker, ctx context.Context, s *Section) error {
	for _, family := range families {
		l, err := m.days(ctx, family, s)
		if err != nil {
			return err
		}
		s.Lists = append(s.Lists, l)
	}
	return nil
}

func fillBusiest(m *maker, ctx context.Context, s *Section) error {
	for _, family := range families {
		for _, what := range []string{"prefix", "origin"} {
			l, err := m.busiest(ctx, family, what, s)
			if err != nil {
				return err
			}
			s.Lists = append(s.Lists, l)
		}
	}
	return nil
}

// printed returns a number with its thousands grouped and so many digits after the point; more where it would be printed as zero.
func printed(v float64, digits int) string { return quantity.Fixed(v, digits) }
