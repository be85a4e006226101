package analysis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/analysis/engine"
	"tidemark/datasets/table"
	"tidemark/internal/atomicfile"
)

// Run answers those of the questions asked whose text or partitions changed since their last answer, and writes the answers to dir. It
// returns the slugs of the new answers, and removes files of dir that belong to none of all questions.
func Run(ctx context.Context, store *table.Store, dir string, all, asked []*Question) (made []string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := removeOthers(dir, all); err != nil {
		return nil, err
	}
	behind := newLineage(store.At)
	datasets, err := presentIn(store, dir, asked)
	if err != nil {
		return nil, err
	}
	due, err := dueQuestions(datasets, dir, asked)
	if err != nil {
		return nil, err
	}
	if len(due) > 0 {
		if made, err = answerAll(ctx, store, behind, dir, due); err != nil {
			return made, err
		}
	}
	named := namedBy(dir, without(all, asked))
	for _, p := range datasets {
		named = append(named, p.lists...)
	}
	return made, listsOf(dir).Retain(named) // only now, as earlier answers name others
}

// namedBy returns the lists of partitions that the stored answers to the questions name. An answer that cannot be read names none.
func namedBy(dir string, questions []*Question) (lists []table.Segment) {
	for _, q := range questions {
		if k, err := readAnswer(answerPath(dir, q)); err == nil {
			lists = append(lists, k.From...)
		}
	}
	return lists
}

// without returns those of all questions that are not asked.
func without(all, asked []*Question) []*Question {
	return slices.DeleteFunc(slices.Clone(all), func(q *Question) bool { return slices.Contains(asked, q) })
}

// answerAll answers the due questions and returns their slugs. Where partitions are elsewhere, those of all questions may be more than can be
// brought at a time, so that questions are answered together only if they read the same datasets.
func answerAll(ctx context.Context, store *table.Store, behind *lineage, dir string, due []dueQuestion) (made []string, err error) {
	anew, err := goOn(ctx, store, behind, dir, due)
	if err != nil {
		return nil, err
	}
	together := [][]dueQuestion{anew}
	if store.Elsewhere != nil {
		together = byDatasets(anew)
	}
	for _, some := range together {
		if err := answerTogether(ctx, store, behind, dir, some); err != nil {
			return nil, err
		}
	}
	for _, d := range due {
		made = append(made, d.question.Slug)
	}
	return made, nil
}

// byDatasets divides questions into those that read the same datasets.
func byDatasets(due []dueQuestion) (divided [][]dueQuestion) {
	for _, d := range due {
		i := slices.IndexFunc(divided, func(some []dueQuestion) bool { return slices.Equal(some[0].question.Datasets, d.question.Datasets) })
		if i < 0 {
			i, divided = len(divided), append(divided, nil)
		}
		divided[i] = append(divided[i], d)
	}
	return divided
}

// answerTogether answers questions with one engine.
func answerTogether(ctx context.Context, store *table.Store, behind *lineage, dir string, due []dueQuestion) error {
	if len(due) == 0 {
		return nil
	}
	schemas := schemasOf(questionsOf(due))
	e, err := engine.Open(store, schemas, engine.Options{Many: true})
	if err != nil {
		return err
	}
	defer e.Close()
	moments := newMoments(e)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(engine.AtOnce(e.Partitions(schemas...)))
	for _, d := range due {
		d.stored = nil
		group.Go(func() error { return d.answer(ctx, e, moments, behind, dir) })
	}
	return group.Wait()
}

func questionsOf(due []dueQuestion) (questions []*Question) {
	for _, d := range due {
		questions = append(questions, d.question)
	}
	return questions
}

// answer answers the question and writes the answer.
func (d *dueQuestion) answer(ctx context.Context, e *engine.Engine, moments *moments, l *lineage, dir string) error {
	a, err := answer(ctx, e, l, d.question)
	if err != nil {
		return err
	}
	if !d.settled.IsZero() {
		groups, err := d.groups(a.Result)
		if !errors.Is(err, errAnew) {
			return errors.Join(err, d.write(ctx, dir, a.Result.Columns, a.Standing, groups, moments))
		}
	}
	rows, err := rowLines(a.Result.Rows)
	if err != nil {
		return fmt.Errorf("question %s: %w", d.question.Slug, err)
	}
	return d.store(dir, a.Result.Columns, a.Standing, nil, rows)
}

// write writes the answer with these rows, and what is settled of them.
func (d *dueQuestion) write(ctx context.Context, dir string, columns []table.ResultColumn, standing Standing, groups []rowGroup, moments *moments) error {
	settled, err := d.settle(ctx, groups, moments)
	if err != nil {
		return fmt.Errorf("question %s: %w", d.question.Slug, err)
	}
	var rows [][]byte
	for _, g := range groups {
		rows = append(rows, g.rows...)
	}
	return d.store(dir, columns, standing, settled, rows)
}

func (d *dueQuestion) store(dir string, columns []table.ResultColumn, standing Standing, settled *settled, rows [][]byte) error {
	head := answerHead{Slug: d.question.Slug, Question: d.asked, Made: d.hash, Standing: standing, From: d.from, Settled: settled, Columns: columns}
	return writeAnswer(answerPath(dir, d.question), &storedAnswer{head, rows})
}

// dueQuestion is a question without an answer from its present partitions.
type dueQuestion struct {
	question   *Question
	asked      string            // hash of the question
	hash       string            // of the question and its partitions
	from       []table.Segment   // lists of the partitions that it may read
	partitions []*table.Manifest // these
	settled    time.Time         // rows of before this day will be settled; zero: none
	stored     *storedAnswer     // from which the answer goes on; nil: it is asked anew
}

// dueQuestions returns the questions whose stored answer is missing, damaged, or made from something else.
func dueQuestions(datasets map[string]present, dir string, questions []*Question) (due []dueQuestion, err error) {
	c := changes{listsOf(dir), map[[2]string]time.Time{}}
	for _, q := range questions {
		asked, err := questionHash(q)
		if err != nil {
			return nil, err
		}
		d := dueQuestion{question: q, asked: asked, settled: settledBefore(q, datasets)}
		h := sha256.New()
		fmt.Fprintln(h, asked)
		// The whole manifests matter: other inputs may give the same rows, and the answer names its inputs.
		for _, s := range q.Datasets {
			p := datasets[s.Name]
			d.from, d.partitions = append(d.from, p.lists...), append(d.partitions, p.partitions...)
			for _, l := range p.lists {
				fmt.Fprintln(h, l.SHA256)
			}
			fmt.Fprintf(h, "%s %x\n", s.Name, p.behind)
		}
		d.hash = hex.EncodeToString(h.Sum(nil))
		if path := answerPath(dir, q); !isAnswered(path, d.hash) {
			d.stored = d.goOnFrom(path, &c)
			due = append(due, d)
		}
	}
	return due, nil
}

// isAnswered reports whether the file holds an answer that was made from what has the hash. Only such a one is read to its end.
func isAnswered(path, hash string) bool {
	if made, err := madeFrom(path); err != nil || made != hash {
		return false
	}
	_, err := readAnswer(path)
	return err == nil
}

// madeFrom returns the hash of what an answer was made from, the first thing in its file.
func madeFrom(path string) (hash string, err error) {
	f, err := atomicfile.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	d := json.NewDecoder(f)
	for key := json.Token(nil); key != "made_from"; {
		if key, err = d.Token(); err != nil {
			return "", err
		}
	}
	err = d.Decode(&hash)
	return hash, err
}

// schemasOf returns the datasets that the questions read, each once.
func schemasOf(questions []*Question) (all []*table.Schema) {
	for _, q := range questions {
		for _, s := range q.Datasets {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// removeOthers removes answers that belong to none of the questions, and temporary files of an interrupted run.
func removeOthers(dir string, questions []*Question) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range entries {
		slug := strings.TrimSuffix(f.Name(), ".json")
		if f.Name() != listsFolder && !slices.ContainsFunc(questions, func(q *Question) bool { return q.Slug == slug }) {
			if err := os.RemoveAll(filepath.Join(dir, f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// answerFormat is the version of what answers hold. Those of another version are made again.
const answerFormat = 6

// questionHash returns a hash of the question's words, query and basis.
func questionHash(q *Question) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, answerFormat)
	asked := *q
	asked.Datasets = nil // the partitions matter, not the declarations
	if err := json.NewEncoder(h).Encode(asked); err != nil {
		return "", fmt.Errorf("question %s: %w", q.Slug, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// answer runs the query and says what its result means.
func answer(ctx context.Context, e *engine.Engine, l *lineage, q *Question) (*Answer, error) {
	result, err := resultOf(ctx, e, q)
	if err != nil {
		return nil, err
	}
	a := &Answer{Question: q, Result: result, From: e.Partitions(q.Datasets...)}
	if a.Standing, err = standingOf(q, result, a.From, l); err != nil {
		return nil, fmt.Errorf("question %s: %w", q.Slug, err)
	}
	return a, a.speak()
}

// resultOf runs the query.
func resultOf(ctx context.Context, e *engine.Engine, q *Question) (*table.Result, error) {
	result, err := e.Query(ctx, q.SQL)
	if err != nil {
		return nil, fmt.Errorf("question %s: %w", q.Slug, err)
	}
	nullInfinite(result)
	return result, nil
}

// nullInfinite makes null of each number that is not finite: it is what DuckDB makes of a division by zero, or what a partition of others
// has, and nothing is known of it.
func nullInfinite(r *table.Result) {
	for _, row := range r.Rows {
		for i, v := range row {
			if f, is := v.(float64); is && (math.IsNaN(f) || math.IsInf(f, 0)) {
				row[i] = nil
			}
		}
	}
}

// speak executes the templates over the result, and computes its figures.
func (a *Answer) speak() error {
	if len(a.Result.Rows) == 0 {
		a.Lead = "There are no data yet to answer this question."
		if slices.ContainsFunc(a.From, func(m *table.Manifest) bool { return m.Rows > 0 }) {
			a.Lead = "The data contain nothing that this question asks for."
		}
		return nil
	}
	q := a.Question
	for _, t := range []struct {
		name, text string
		into       *string
	}{{"lead", q.Lead, &a.Lead}, {"prose", q.Prose, &a.Text}} {
		words, err := fill(q, t.text, a.Result)
		if err != nil {
			return fmt.Errorf("%s of question %s: %w", t.name, q.Slug, err)
		}
		*t.into = words
	}
	for _, f := range q.Figures {
		if figure := figureOf(q, f, a.Result); figure != nil {
			a.Figures = append(a.Figures, figure)
		}
	}
	return nil
}

// Load reads the answers that Run wrote to dir, in the order of the questions. Questions without an answer are left out.
func Load(dir string, questions []*Question) (answers []*Answer, err error) {
	lists := listsOf(dir)
	for _, q := range questions {
		k, err := readAnswer(answerPath(dir, q))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		asked, err := questionHash(q)
		if err != nil {
			return nil, err
		}
		if k.Question != asked {
			return nil, fmt.Errorf("%s: another version of tidemark answered another question there; run tidemark analyse", answerPath(dir, q))
		}
		from, err := lists.Manifests(k.From)
		if err != nil {
			return nil, fmt.Errorf("%s: what the answer was made from is damaged: %w; remove it and run tidemark analyse", answerPath(dir, q), err)
		}
		result, err := k.result()
		if err != nil {
			return nil, fmt.Errorf("%s: the answer is damaged: %w; remove it and run tidemark analyse", answerPath(dir, q), err)
		}
		a := &Answer{Question: q, Result: result, Standing: k.Standing, From: from}
		if err := a.speak(); err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// Alerts returns the alerts that the answers in dir give rise to.
func Alerts(dir string, questions []*Question) (all []Alert, err error) {
	questions = slices.DeleteFunc(slices.Clone(questions), func(q *Question) bool { return q.Alerts == nil })
	answers, err := Load(dir, questions)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		found, err := a.Question.Alerts(a.Result)
		if err != nil {
			return nil, fmt.Errorf("alerts of question %s: %w", a.Question.Slug, err)
		}
		all = append(all, found...)
	}
	return all, nil
}
