package sink_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"tidemark/pipeline/alert"
	"tidemark/pipeline/alert/sink"
)

func TestFeed(t *testing.T) {
	dir := t.TempDir()
	s, err := sink.Open(sink.Settings{Kind: "feed"}, sink.Place{Name: "s", Dir: dir})
	check(t, err)
	for range 2 { // the answer to the first was not recorded
		check(t, s.Send(t.Context(), message(alert.Begin, injection)))
	}
	check(t, s.Send(t.Context(), message(alert.End, injection)))
	other := message(alert.Begin, "")
	other.Alert.Watch = "tidemark"
	for i := range 250 {
		other.ID = strconv.Itoa(i)
		check(t, s.Send(t.Context(), other))
	}
	feeds, err := sink.Feeds(dir)
	check(t, err)
	if len(feeds) != 2 || feeds[0].Watch != "our space" || len(feeds[0].Entries) != 2 || feeds[0].Entries[0].ID != "0123456789abcdef-end" || feeds[1].Slug != "tidemark" || len(feeds[1].Entries) != 200 {
		t.Fatalf("feeds %+v", feeds)
	}
	check(t, os.WriteFile(filepath.Join(dir, "feeds", "tidemark.json"), []byte("{"), 0o644))
	check(t, os.WriteFile(filepath.Join(dir, "feeds", "zz.json"), []byte(`{"slug":"../../x"}`), 0o644))
	if feeds, err = sink.Feeds(dir); len(feeds) != 1 || err == nil {
		t.Errorf("%d feeds, %v", len(feeds), err)
	}
}
