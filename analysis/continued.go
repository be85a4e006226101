package analysis

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/analysis/engine"
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

// errAnew says that an answer cannot go on from the stored one.
var errAnew = errors.New("the question is to be asked anew")

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
