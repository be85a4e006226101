package lookup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"testing"
)

// TestWords finds each title under each of its words in the script that the word leads to.
func TestWords(t *testing.T) {
	var titles []Title
	for i := range 4000 {
		titles = append(titles, Title{Key: fmt.Sprint(i + 1), Text: fmt.Sprintf("Net%d Common Word%d %s", i, i%37, hostile), Note: "x"})
	}
	made := map[string][][]string{}
	firsts, err := WriteWords("w/", titles, func(name string, content []byte) error {
		if len(content) > 64<<10 {
			t.Errorf("%s has %d bytes", name, len(content))
		}
		if bytes.Contains(content, []byte("<")) {
			t.Errorf("%s has markup", name)
		}
		var rows [][]string
		_, text, _ := bytes.Cut(content, []byte("] = "))
		made[name] = nil
		if err := json.Unmarshal(bytes.TrimSuffix(text, []byte(";\n")), &rows); err != nil {
			return err
		}
		made[name] = rows
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(firsts) < 5 || len(firsts) != len(made) || !slices.IsSorted(firsts) {
		t.Fatalf("%d scripts begin at %d words", len(made), len(firsts))
	}
	count := func(word string) (n int) {
		at := sort.Search(len(firsts), func(i int) bool { return firsts[i] > word }) - 1
		for _, row := range made["w/"+firsts[max(0, at)]+".js"] {
			if row[0] == word {
				n++
			}
		}
		return n
	}
	for word, want := range map[string]int{"net7": 1, "net3999": 1, "4000": 1, "word5": 108, "common": mostTitles, "missing": 0} {
		if got := count(word); got != want {
			t.Errorf("%s leads to %d titles, want %d", word, got, want)
		}
	}
}
