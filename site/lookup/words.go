package lookup

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tidemark/internal/legible"
)

// Title is something that is found by the words of its title.
type Title struct {
	Key  string // AS number or number of an RFC
	Text string
	Note string // what else a result says
}

// mostTitles bounds how many titles a word leads to: one that thousands have finds nothing.
const mostTitles = 300

// maxWord bounds a word, which becomes the name of a script.
const maxWord = 32

// WriteWords makes scripts in which titles stand under each of their words and their key, in the order of the words; the script that
// contains a word is the last that begins at it or before. It returns the first word of each.
func WriteWords(folder string, titles []Title, add func(name string, content []byte) error) (firsts []string, err error) {
	byWord := map[string][]int{}
	for i, t := range titles {
		met := map[string]bool{}
		for _, word := range append(words(t.Text), t.Key) {
			if len(word) > 1 && len(word) <= maxWord && !met[word] && len(byWord[word]) < mostTitles {
				met[word] = true
				byWord[word] = append(byWord[word], i)
			}
		}
	}
	order := make([]string, 0, len(byWord))
	for word := range byWord {
		order = append(order, word)
	}
	slices.Sort(order)
	var rows [][]string // word, key, text, note
	first := ""
	size := 0
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		content, err := json.Marshal(rows)
		if err != nil {
			return err
		}
		firsts = append(firsts, first)
		rows, size = nil, 0
		return add(folder+first+".js", fmt.Appendf(nil, "(window.lookup ||= {})[%q] = %s;\n", folder+first, content))
	}
	for _, word := range order {
		more := 0
		for _, i := range byWord[word] {
			t := titles[i]
			more += len(word) + len(t.Key) + len(t.Text) + len(t.Note) + 16
		}
		if size+more > maxShard || size > minShard && ends(word) {
			if err := flush(); err != nil {
				return nil, err
			}
		}
		if len(rows) == 0 {
			first = word
		}
		size += more
		for _, i := range byWord[word] {
			t := titles[i]
			rows = append(rows, []string{word, t.Key, legible.Text(t.Text), legible.Text(t.Note)})
		}
	}
	return firsts, flush()
}

// words returns the words of a text: runs of letters and digits of ASCII, in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}
