package table

import (
	"hash/maphash"

	"github.com/apache/arrow/go/v17/arrow/array"
)

// textTable finds the number of a text in a dictionary. A map would hold every text again, and look at one where the hash is enough to
// tell that it is another: there are millions.
type textTable struct {
	slots []textSlot // a power of two, of which at least a quarter is free
	n     int
}

// textSlot is a text by its hash.
type textSlot struct {
	hash   uint32
	number int32 // plus 1; 0: the slot is free
}

// textSeed reaches no output: numbers are in the order in which texts are added.
var textSeed = maphash.MakeSeed()

// place is where a text is in a table, or belongs.
type place struct {
	at   int
	hash uint32
}

// find returns the place of a text of the dictionary, or that of one that is not in it.
func (t *textTable) find(text string, dictionary *array.StringBuilder) place {
	if 4*t.n >= 3*len(t.slots) {
		t.grow()
	}
	hash := uint32(maphash.String(textSeed, text))
	mask := len(t.slots) - 1
	for at := int(hash) & mask; ; at = (at + 1) & mask {
		slot := t.slots[at]
		if slot.number == 0 || slot.hash == hash && dictionary.Value(int(slot.number)-1) == text {
			return place{at, hash}
		}
	}
}

// at returns the number at a place, and reports whether there is one.
func (t *textTable) at(p place) (number int32, known bool) {
	slot := t.slots[p.at]
	return slot.number - 1, slot.number > 0
}

// add puts a number at a place that find has just returned.
func (t *textTable) add(p place, number int32) {
	t.slots[p.at] = textSlot{p.hash, number + 1}
	t.n++
}

func (t *textTable) grow() {
	old := t.slots
	t.slots = make([]textSlot, max(16, 2*len(old)))
	mask := len(t.slots) - 1
	for _, slot := range old {
		if slot.number == 0 {
			continue
		}
		at := int(slot.hash) & mask
		for t.slots[at].number != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = slot
	}
}

func (t *textTable) clear() {
	clear(t.slots)
	t.n = 0
}
