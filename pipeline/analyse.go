package pipeline

import (
	"context"

	"tidemark/analysis"
	yearly "tidemark/analysis/report"
)

// AnswerReport is what Answer did.
type AnswerReport struct {
	Answers []string // slugs of the questions that were answered anew
	Reports []int    // years whose reports were made anew
}

// Answer answers the questions of those slugs, all where none is given, if their data changed.
func (s *Session) Answer(ctx context.Context, slugs ...string) (AnswerReport, error) {
	questions, err := s.questions(slugs)
	if err != nil {
		return AnswerReport{}, s.step(nil, err)
	}
	r, err := s.answer(ctx, questions)
	return r, s.step(nil, err)
}

func (s *Session) answer(ctx context.Context, questions []*analysis.Question) (report AnswerReport, err error) {
	if report.Answers, err = analysis.Run(ctx, s.store, s.answersDir(), s.options.Questions, questions); err != nil {
		return report, err
	}
	report.Reports, err = yearly.Update(ctx, s.store, s.reportsDir())
	return report, err
}

// AnalyseReport is what Analyse did.
type AnalyseReport struct {
	DeriveReport
	AnswerReport
}

// Analyse is Derive and then Answer.
func (s *Session) Analyse(ctx context.Context, slugs ...string) (AnalyseReport, error) {
	if err := s.comparePartitions(); err != nil {
		return AnalyseReport{}, s.step(nil, err)
	}
	r, err := s.analyse(ctx, slugs)
	return r, s.step(r.Problems, err)
}

func (s *Session) analyse(ctx context.Context, slugs []string) (report AnalyseReport, err error) {
	questions, err := s.questions(slugs)
	if err != nil {
		return report, err
	}
	if report.DeriveReport, err = s.derive(ctx); err != nil {
		return report, err
	}
	if report.AnswerReport, err = s.answer(ctx, questions); err != nil {
		return report, err
	}
	if report.Partitions > 0 || len(report.Answers)+len(report.Reports) > 0 {
		s.log.Info("analysed", "derived partitions", report.Partitions, "answers", len(report.Answers), "reports", len(report.Reports))
	}
	return report, nil
}

// questions returns those of the slugs, all where none is given.
func (p *Pipeline) questions(slugs []string) ([]*analysis.Question, error) {
	if len(slugs) == 0 {
		return p.options.Questions, nil
	}
	bySlug := map[string]*analysis.Question{}
	var known []string
	for _, q := range p.options.Questions {
		bySlug[q.Slug] = q
		known = append(known, q.Slug)
	}
	var questions []*analysis.Question
	for _, slug := range slugs {
		q, ok := bySlug[slug]
		if !ok {
			return nil, &UnknownError{"no question is called", slug, known}
		}
		questions = append(questions, q)
	}
	return questions, nil
}
