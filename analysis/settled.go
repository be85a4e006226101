package analysis

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
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

func (s *settled) day() (time.Time, error) { return time.Parse(time.DateOnly, s.Before) }

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
