package analysis

import (
	"fmt"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

var seriesJumps = question(Question{
	Slug:     "series-jumps",
	Title:    "Which series jumped beyond their own history?",
	Section:  "Routing",
	Subject:  "Table growth",
	Tab:      "Jumps",
	RFCs:     []int{4271, 6396},
	Basis:    Basis{AsOf: "dump_time", Series: []string{"collector", "source", "family", "metric"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Datasets: []*table.Schema{datasets.TableStats.Schema},
	Alerts:   jumpAlerts,
}, "dump-feeds", "feed-breaks")

// jumpAlerts returns an alert for each jump.
func jumpAlerts(result *table.Result) (alerts []Alert, err error) {
	rows, err := rowsWith(result, "dump_time", "collector", "family", "metric", "value", "median", "points")
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		jumped, ok := r["dump_time"].(stamp)
		if !ok {
			return nil, fmt.Errorf("dump_time is a %T, not a time", r["dump_time"])
		}
		at := jumped.Time
		series := fmt.Sprintf("%v of IPv%s at %v", r["metric"], plain(r["family"]), r["collector"])
		alerts = append(alerts, Alert{ID: "jump:" + series + " " + at.Format(time.RFC3339), Kind: "jump", Time: at,
			Text: fmt.Sprintf("%s jumped to %.0f on %s; the median of the %s dumps before is %.0f",
				series, amountOf(r["value"]).n, at.Format("2006-01-02 15:04"), plain(r["points"]), amountOf(r["median"]).n)})
	}
	return alerts, nil
}
