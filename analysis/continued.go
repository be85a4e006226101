package analysis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Continuation declares that a row of an answer depends on partitions around the day of its instant, which Basis.AsOf names. Such an answer
// goes on from the stored one: rows of settled days stay, and the query reads the newer days alone.
type Continuation struct {
	Ahead int // days after its own on which a row may depend
	// Newest says that the answer has only the rows of the newest instant, or of the newest for each value of the columns Each.
	Newest bool
	Each   []string
	// Whole are datasets of which rows may depend on any day: all of their partitions are read. Only an answer none of whose rows stay has such.
	Whole []*table.Schema `json:"-"`
	// Compared is a query of all that rows are compared with, however long before: columns series and moment. A row is compared with the
	// moment before its own of a series that it belongs to. Empty: rows are not compared.
	Compared string
}

const (
	// settleAfter is for how many days before the newest partition rows are asked for again. Where an earlier day changes, the question is
	// asked anew.
	settleAfter = 7
	// daysAround is how far the day of a partition may be from those in its rows.
	daysAround = 1
)

// settled says which rows of an answer stay while only newer days change: those of instants before a day.
type settled struct {
	Before   string            `json:"before"`             // YYYY-MM-DD
	Groups   []groupSize       `json:"groups"`             // of the rows, in their order
	Compared map[string]string `json:"compared,omitempty"` // by series, the day of its newest moment before that day
}

// groupSize is how many rows a group has, and how many of them are settled. Rows of a group are equal in the columns by which rows are in order
// before their instants.
type groupSize struct {
	Rows    int `json:"rows"`
	Settled int `json:"settled"`
}

// rowGroup is a group of rows.
type rowGroup struct {
	key     string   // the values of its columns
	rows    [][]byte // lines
	settled int      // at the end with the oldest
}

// errAnew says that an answer cannot go on from the stored one.
var errAnew = errors.New("the question is to be asked anew")

// settledBefore returns the day before which rows of the question are settled; zero if there is none.
func settledBefore(q *Question, all map[string]present) time.Time {
	if q.Continued == nil {
		return time.Time{}
	}
	var newest time.Time
	for _, s := range q.Datasets {
		if at := all[s.Name].newest; at.After(newest) {
			newest = at
		}
	}
	if newest.IsZero() {
		return newest
	}
	return newest.AddDate(0, 0, -settleAfter)
}

// newestDay returns the newest day of partitions; zero if they have none.
func newestDay(manifests []*table.Manifest) (newest time.Time) {
	for _, m := range manifests {
		if day := m.Day(); !day.Equal(datasets.Timeless) && day.After(newest) {
			newest = day
		}
	}
	return newest
}

// changes finds what changed between lists of partitions.
type changes struct {
	lists *table.Lists
	known map[[2]string]time.Time // by the SHA-256 of two segments
}

// since returns the first day on which partitions of two lists have other bytes, or are in one of them only; ok is false where there is none.
func (c *changes) since(before, now []table.Segment) (first time.Time, ok bool, err error) {
	pairs := map[string][2]table.Segment{}
	for i, segments := range [][]table.Segment{before, now} {
		for _, s := range segments {
			pair := pairs[s.Name]
			pair[i] = s
			pairs[s.Name] = pair
		}
	}
	for _, pair := range pairs {
		if pair[0].SHA256 == pair[1].SHA256 {
			continue
		}
		day, err := c.between(pair)
		if err != nil {
			return first, false, err
		}
		if !day.IsZero() && (!ok || day.Before(first)) {
			first, ok = day, true
		}
	}
	return first, ok, nil
}

// between returns the first day that differs between two segments; zero if only what was noted of the partitions does.
func (c *changes) between(pair [2]table.Segment) (first time.Time, err error) {
	key := [2]string{pair[0].SHA256, pair[1].SHA256}
	if day, known := c.known[key]; known {
		return day, nil
	}
	sums := map[string]string{}
	for _, s := range pair {
		if s.Name == "" {
			continue
		}
		manifests, err := c.lists.Manifests([]table.Segment{s})
		if err != nil {
			return first, err
		}
		for _, m := range manifests {
			if sum, met := sums[m.File]; met && sum == m.SHA256 {
				delete(sums, m.File)
			} else {
				sums[m.File] = m.SHA256
			}
		}
	}
	for file := range sums {
		if day := (&table.Manifest{File: file}).Day(); first.IsZero() || day.Before(first) {
			first = day
		}
	}
	c.known[key] = first
	return first, nil
}

// goOnFrom returns the stored answer if the question's answer goes on from it.
func (d *dueQuestion) goOnFrom(path string, c *changes) *storedAnswer {
	if d.settled.IsZero() {
		return nil
	}
	k, err := readAnswer(path)
	if err != nil || k.Question != d.asked || k.Settled == nil || len(k.rows) == 0 {
		return nil
	}
	before, err := k.Settled.day()
	if err != nil || d.settled.Before(before) {
		return nil
	}
	changed, any, err := c.since(d.question.byDay(k.From), d.question.byDay(d.from))
	if err != nil || any && changed.Before(before.AddDate(0, 0, d.question.Continued.Ahead+daysAround)) {
		return nil
	}
	if d.question.Continued.Newest && slices.ContainsFunc(k.Settled.Groups, func(g groupSize) bool { return g.Settled > 0 }) {
		return nil // of a series that the newer days may not have
	}
	return k
}

// byDay returns the lists of the partitions that are read by day.
func (q *Question) byDay(lists []table.Segment) []table.Segment {
	return slices.DeleteFunc(slices.Clone(lists), func(l table.Segment) bool {
		return slices.ContainsFunc(q.Continued.Whole, func(s *table.Schema) bool { return strings.HasPrefix(l.Name, s.Name+"/") })
	})
}

func (s *settled) day() (time.Time, error) { return time.Parse(time.DateOnly, s.Before) }

// goOn answers the questions that go on from stored answers, and returns the others.
func goOn(ctx context.Context, store *table.Store, l *lineage, dir string, due []dueQuestion) (anew []dueQuestion, err error) {
	byDay := map[string][]dueQuestion{}
	for _, d := range due {
		if d.stored == nil {
			anew = append(anew, d)
		} else {
			byDay[d.stored.Settled.Before] = append(byDay[d.stored.Settled.Before], d)
		}
	}
	for _, some := range byDay {
		left, err := goOnTogether(ctx, store, l, dir, some)
		if err != nil {
			return nil, err
		}
		anew = append(anew, left...)
	}
	return anew, nil
}

// goOnTogether is goOn of questions whose stored answers are settled before the same day.
func goOnTogether(ctx context.Context, store *table.Store, l *lineage, dir string, due []dueQuestion) (anew []dueQuestion, err error) {
	before, err := due[0].stored.Settled.day()
	if err != nil {
		return nil, err
	}
	e, err := openDays(ctx, store, due, before)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	var mu sync.Mutex
	moments := newMoments(e)
	schemas := schemasOf(questionsOf(due))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(engine.AtOnce(e.Partitions(schemas...)))
	for _, d := range due {
		group.Go(func() error {
			err := d.continueAnswer(ctx, e, moments, l, dir, before)
			if errors.Is(err, errAnew) {
				mu.Lock()
				defer mu.Unlock()
				anew, err = append(anew, d), nil
			}
			return err
		})
	}
	return anew, group.Wait()
}

// openDays opens the partitions from around a day, and those of earlier moments that rows since then are compared with.
func openDays(ctx context.Context, store *table.Store, due []dueQuestion, day time.Time) (*engine.Engine, error) {
	days, since, whole := map[time.Time]bool{}, day.AddDate(0, 0, -daysAround), map[string]bool{}
	for _, d := range due {
		for _, s := range d.question.Continued.Whole {
			whole[s.Name] = true
		}
	}
	open := func() (*engine.Engine, error) {
		return engine.Open(store, schemasOf(questionsOf(due)), engine.Options{Many: true, Only: func(m *table.Manifest) bool { return whole[m.Dataset] || !m.Day().Before(since) || days[m.Day()] }})
	}
	e, err := open()
	if err != nil {
		return nil, err
	}
	moments := newMoments(e)
	for _, d := range due {
		series, err := moments.since(ctx, d.question.Continued.Compared, day)
		if err != nil {
			return nil, errors.Join(err, e.Close())
		}
		for _, s := range series {
			newest, err := time.Parse(time.DateOnly, d.stored.Settled.Compared[s])
			for n := -daysAround; err == nil && newest.Before(day) && n <= daysAround; n++ {
				if at := newest.AddDate(0, 0, n); at.Before(since) {
					days[at] = true
				}
			}
		}
	}
	if len(days) == 0 {
		return e, nil
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	return open()
}

// continueAnswer answers the question from the rows that the stored answer has of before a day, and from the partitions of the engine; errAnew if
// that cannot be.
func (d *dueQuestion) continueAnswer(ctx context.Context, e *engine.Engine, moments *moments, l *lineage, dir string, before time.Time) error {
	result, err := resultOf(ctx, e, d.question)
	if err != nil {
		return err
	}
	if !slices.Equal(result.Columns, d.stored.Columns) {
		return errAnew
	}
	at := columnOf(result.Columns, d.question.Basis.AsOf)
	all := len(result.Rows)
	result.Rows = slices.DeleteFunc(result.Rows, func(row []any) bool {
		t, ok := row[at].(time.Time)
		return ok && t.Before(before)
	})
	if len(result.Rows) == 0 || d.question.Continued.Newest && (len(result.Rows) < all || !d.hasEach(result)) {
		return errAnew
	}
	newer, err := d.groups(result)
	if err != nil {
		return err
	}
	older, err := d.stored.settledGroups(d.question)
	if err != nil {
		return err
	}
	groups, err := merge(older, newer, d.question.order().newestFirst)
	if err != nil {
		return err
	}
	standing, err := standingOf(d.question, result, d.partitions, l) // the newest rows are newer ones
	if err != nil {
		return err
	}
	return d.write(ctx, dir, result.Columns, standing, groups, moments)
}

// hasEach reports whether newer rows have all values of the columns Each that the stored answer has. Of a value that they lack, the newest instant
// may be any.
func (d *dueQuestion) hasEach(newer *table.Result) bool {
	older, err := d.stored.result()
	if err != nil {
		return false
	}
	each, met := d.question.Continued.Each, map[string]bool{}
	for _, r := range rowsOf(newer) {
		met[textOf(r, each)] = true
	}
	return !slices.ContainsFunc(rowsOf(older), func(r row) bool { return !met[textOf(r, each)] })
}

// groups returns the rows of a result in groups; errAnew if one has no instant, or the settled rows of a group are not those at its end.
func (d *dueQuestion) groups(r *table.Result) (groups []rowGroup, err error) {
	order, at := d.question.order(), columnOf(r.Columns, d.question.Basis.AsOf)
	by := order.columns(r.Columns)
	for i, row := range r.Rows {
		t, ok := row[at].(time.Time)
		if !ok {
			return nil, errAnew
		}
		line, err := json.Marshal(row)
		if err != nil {
			return nil, err
		}
		key, err := keyOf(row, by)
		if err != nil {
			return nil, err
		}
		if i == 0 || key != groups[len(groups)-1].key {
			groups = append(groups, rowGroup{key: key})
		}
		g := &groups[len(groups)-1]
		g.rows = append(g.rows, line)
		isSettled := t.Before(d.settled)
		if !order.newestFirst && isSettled && g.settled < len(g.rows)-1 || order.newestFirst && !isSettled && g.settled > 0 {
			return nil, errAnew
		}
		if isSettled {
			g.settled++
		}
	}
	return groups, nil
}

func keyOf(row []any, by []int) (string, error) {
	var values []any
	for _, i := range by {
		values = append(values, row[i])
	}
	b, err := json.Marshal(values)
	return string(b), err
}

// settledGroups returns the groups of the stored answer with their settled rows alone.
func (k *storedAnswer) settledGroups(q *Question) (groups []rowGroup, err error) {
	order, rows := q.order(), k.rows
	by := order.columns(k.Columns)
	for _, size := range k.Settled.Groups {
		if size.Rows < 1 || size.Rows > len(rows) || size.Settled < 0 || size.Settled > size.Rows {
			return nil, errAnew // somebody changed the file
		}
		first, err := k.row(rows[0])
		if err != nil {
			return nil, errAnew
		}
		key, err := keyOf(first, by)
		if err != nil {
			return nil, err
		}
		g := rowGroup{key: key, rows: rows[:size.Settled], settled: size.Settled}
		if order.newestFirst {
			g.rows = rows[size.Rows-size.Settled : size.Rows]
		}
		groups, rows = append(groups, g), rows[size.Rows:]
	}
	if len(rows) > 0 {
		return nil, errAnew
	}
	return groups, nil
}

// merge returns the groups of older rows with the newer rows of each. A new group could be anywhere between them: errAnew.
func merge(older, newer []rowGroup, newestFirst bool) (groups []rowGroup, err error) {
	for _, g := range older {
		if len(newer) > 0 && newer[0].key == g.key {
			g.settled += newer[0].settled
			if newestFirst {
				g.rows = slices.Concat(newer[0].rows, g.rows)
			} else {
				g.rows = slices.Concat(g.rows, newer[0].rows)
			}
			newer = newer[1:]
		}
		if len(g.rows) > 0 {
			groups = append(groups, g)
		}
	}
	if len(newer) > 0 {
		return nil, errAnew
	}
	return groups, nil
}

// settle returns what is settled of the groups.
func (d *dueQuestion) settle(ctx context.Context, groups []rowGroup, m *moments) (*settled, error) {
	s := &settled{Before: d.settled.Format(time.DateOnly)}
	for _, g := range groups {
		s.Groups = append(s.Groups, groupSize{len(g.rows), g.settled})
	}
	newest, err := m.before(ctx, d.question.Continued.Compared, d.settled)
	if err != nil || d.stored == nil {
		s.Compared = newest
		return s, err
	}
	s.Compared = maps.Clone(d.stored.Settled.Compared)
	for series, day := range newest {
		if s.Compared == nil {
			s.Compared = map[string]string{}
		}
		s.Compared[series] = max(s.Compared[series], day)
	}
	return s, nil
}

// moments asks for the moments that rows are compared with; for the same ones once.
type moments struct {
	engine *engine.Engine
	mu     sync.Mutex
	known  map[string]*table.Result
}

func newMoments(e *engine.Engine) *moments {
	return &moments{engine: e, known: map[string]*table.Result{}}
}

// since returns the series that have a moment since a day.
func (m *moments) since(ctx context.Context, compared string, day time.Time) (series []string, err error) {
	r, err := m.ask(ctx, compared, "SELECT DISTINCT series FROM (%s) WHERE moment >= DATE '%s'", day)
	if err != nil {
		return nil, err
	}
	for _, row := range r.Rows {
		series = append(series, row[0].(string))
	}
	return series, nil
}

// before returns the day of the newest moment before a day, by series.
func (m *moments) before(ctx context.Context, compared string, day time.Time) (newest map[string]string, err error) {
	r, err := m.ask(ctx, compared, "SELECT series, strftime(max(moment), '%%Y-%%m-%%d') FROM (%s) WHERE moment < DATE '%s' GROUP BY series", day)
	if err != nil {
		return nil, err
	}
	for _, row := range r.Rows {
		if newest == nil {
			newest = map[string]string{}
		}
		newest[row[0].(string)] = row[1].(string)
	}
	return newest, nil
}

func (m *moments) ask(ctx context.Context, compared, about string, day time.Time) (*table.Result, error) {
	if compared == "" {
		return new(table.Result), nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	query := fmt.Sprintf(about, compared, day.Format(time.DateOnly))
	if r, known := m.known[query]; known {
		return r, nil
	}
	r, err := m.engine.Query(ctx, query)
	m.known[query] = r
	return r, err
}

// rowOrder is how the rows of an answer are in order.
type rowOrder struct {
	by          []string // columns before the instant
	newestFirst bool
}

var (
	lastOrder = regexp.MustCompile(`(?s)^.*\bORDER BY (.*)$`)
	hourOf    = regexp.MustCompile(`date_trunc\('hour', (\w+)\)`) // hours are in the order of their days
	orderItem = regexp.MustCompile(`^(?:\w+\.)?(\w+)(?: DESC)?$`)
)

// order returns the order of the rows of a question that is continued, which its query ends with. A query without one is a mistake in the program.
func (q *Question) order() (order rowOrder) {
	if q.Continued.Newest {
		return order // no rows stay
	}
	if found := lastOrder.FindStringSubmatch(q.SQL); found != nil {
		for _, item := range strings.Split(hourOf.ReplaceAllString(found[1], "$1"), ", ") {
			item = strings.TrimSpace(item)
			name := orderItem.FindStringSubmatch(item)
			if name == nil {
				break
			}
			if name[1] == q.Basis.AsOf {
				order.newestFirst = strings.HasSuffix(item, " DESC")
				return order
			}
			order.by = append(order.by, name[1])
		}
	}
	panic("question " + q.Slug + " is continued, but its rows are not in the order of " + q.Basis.AsOf)
}

// columns returns where the columns are before the instant.
func (o rowOrder) columns(all []table.ResultColumn) (by []int) {
	for _, name := range o.by {
		by = append(by, columnOf(all, name))
	}
	return by
}

// columnOf returns where a column is. That a question names one which its answer does not have is a mistake in the program.
func columnOf(all []table.ResultColumn, name string) int {
	i := slices.IndexFunc(all, func(c table.ResultColumn) bool { return c.Name == name })
	if i < 0 {
		panic("the answer has no column " + name)
	}
	return i
}
