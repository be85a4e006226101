package lookup

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"strconv"
	"strings"
)

// A shard ends at the first key after minShard bytes whose hash says so, so that a row that comes or goes changes the shards around it
// and leaves the others as they are; at the latest at maxShard bytes.
const (
	minShard = 24 << 10
	maxShard = 36 << 10
	oneIn    = 128 // keys may end a shard
)

// shard is what a browser loads at once. Rows refer to States and Texts by their place.
type shard struct {
	Names  map[string]string `json:"names"`  // short names of ASes, by number
	States []state           `json:"states"` // of routes
	Texts  []string          `json:"texts"`
	Rows   string            `json:"rows,omitempty"` // of prefixes: prefix, origin, carried, state, holder, reason, specifics
	ASes   []*asItem         `json:"ases,omitempty"`

	key    string
	size   int
	states map[state]string
	texts  map[string]string
}

func newShard(key string) *shard {
	return &shard{key: key, Names: map[string]string{}, States: []state{}, Texts: []string{}, states: map[state]string{}, texts: map[string]string{}}
}

// full reports whether the shard ends before the key of the next rows.
func (s *shard) full(key string) bool {
	return s.size >= minShard && (s.size >= maxShard || ends(key))
}

// ends reports whether a shard may end before a key.
func ends(key string) bool {
	sum := fnv.New32a()
	io.WriteString(sum, key)
	return sum.Sum32()%oneIn == 0
}

// text returns the place of a text in the shard.
func (s *shard) text(text string) string {
	at, known := s.texts[text]
	if !known {
		at = strconv.Itoa(len(s.Texts))
		s.texts[text] = at
		s.Texts = append(s.Texts, text)
		s.size += len(text) + 3
	}
	return at
}

// state returns the place of a state in the shard.
func (s *shard) state(of state) string {
	at, known := s.states[of]
	if !known {
		at = strconv.Itoa(len(s.States))
		s.states[of] = at
		s.States = append(s.States, of)
		s.size += 90 + len(of.BogonReason) + len(of.Set)
	}
	return at
}

// name notes the short name of an AS.
func (s *shard) name(asn uint32, names map[uint32]asName) {
	key := strconv.FormatUint(uint64(asn), 10)
	if name := names[asn].Short(); name != "" && s.Names[key] == "" {
		s.Names[key] = name
		s.size += len(key) + len(name) + 6
	}
}

// script returns the shard as a script, because a page that is opened from a disk may load scripts but not JSON. encoding/json escapes
// what could end a script.
func (s *shard) script(folder string) ([]byte, error) {
	content, err := json.Marshal(s)
	return fmt.Appendf(nil, "(window.lookup ||= {})[%q] = %s;\n", folder+s.key, content), err
}

// lines are rows of fields, each written as its difference from the line before: the first field without the characters that both begin
// with, after their number in base 36; another one that is the same as nothing.
type lines struct {
	text strings.Builder
	last []string
}

// add appends a line, and returns how much longer the text became. Fields have no white space.
func (l *lines) add(fields ...string) int {
	before := l.text.Len()
	if before > 0 {
		l.text.WriteByte('\n')
	}
	shared := 0
	if len(l.last) > 0 {
		for shared < min(len(fields[0]), len(l.last[0]), 35) && fields[0][shared] == l.last[0][shared] {
			shared++
		}
	}
	l.text.WriteString(strconv.FormatInt(int64(shared), 36))
	l.text.WriteString(fields[0][shared:])
	blanks := 0
	for i, field := range fields[1:] {
		blanks++
		if len(l.last) > 0 && l.last[i+1] == field {
			continue
		}
		l.text.WriteString(strings.Repeat(" ", blanks))
		l.text.WriteString(field)
		blanks = 0
	}
	l.last = append(l.last[:0], fields...)
	return l.text.Len() - before + 1 // JSON writes a line feed as two characters
}
