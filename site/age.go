package site

import (
	"time"

	"tidemark/analysis"
	"tidemark/internal/quantity"
)

// age is how old data are beside the newest data of the site: no clock tells, so that the same data give the same site.
type age struct {
	Days  int
	Class string // fresh, older or historic
}

const (
	freshDays    = 2  // data that are no older pass for new
	historicDays = 90 // older data say how things were
)

// ageOf returns the age of data of a day in an edition; historic if one of them is unknown.
func ageOf(day, edition string) age {
	of, err := time.Parse(time.DateOnly, day)
	newest, err2 := time.Parse(time.DateOnly, edition)
	if err != nil || err2 != nil {
		return age{Class: "historic"}
	}
	a := age{Days: max(0, int(newest.Sub(of)/(24*time.Hour))), Class: "older"}
	switch {
	case a.Days <= freshDays:
		a.Class = "fresh"
	case a.Days > historicDays:
		a.Class = "historic"
	}
	return a
}

// Text returns the age in a word or three.
func (a age) Text() string {
	if a.Class == "older" {
		return quantity.Count(a.Days) + " days old"
	}
	return a.Class
}

// Historic reports whether the data only say how things were.
func (a age) Historic() bool { return a.Class == "historic" }

// figureDay returns the day of a figure's data: a figure of a year was computed from data of some day.
func figureDay(of *analysis.Answer, figure *analysis.AnsweredFigure) string {
	if len(figure.AsOf) == len(time.DateOnly) {
		return figure.AsOf
	}
	return of.Standing.Day()
}

// inWords returns a day as sentences have it, for example 1 June 2026; anything else, such as a year, as it is.
func inWords(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("2 January 2006")
}
