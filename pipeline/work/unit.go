// Package work is how the decoding, deriving and compacting of a data folder is shared out among processes: a list of units, a file with one
// JSON object a line, and the shards of it.
package work

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"tidemark/datasets/table"
)

// What a unit is to do.
const (
	Decode = "decode" // each of the inputs, which are raw files
	Derive = "derive" // one partition, from all of the inputs

	Compact = "compact" // one partition, of the rows of all of the inputs
)

// Kinds lists what units do, in the order in which it is to be done.
func Kinds() []string { return []string{Decode, Derive, Compact} }

// makesOne reports whether a unit of the kind makes one partition from all of its inputs.
func makesOne(does string) bool { return does == Derive || does == Compact }

// Unit is what one process does at a time. It is a pure function of its inputs, may be done again, and by two processes at once.
type Unit struct {
	Does    string        `json:"does"`
	Makes   string        `json:"makes,omitempty"` // the derived or compacted partition: its path in the store
	Program string        `json:"program"`         // that listed it, and alone may do it
	Inputs  []table.Input `json:"inputs"`
}

// Bytes returns how much the unit reads.
func (u Unit) Bytes() (sum int64) {
	for _, in := range u.Inputs {
		sum += in.Bytes
	}
	return sum
}

// Sort puts the largest units first, so that every nth of them is about as much work from whichever it starts.
func Sort(units []Unit) {
	slices.SortFunc(units, func(a, b Unit) int {
		return cmp.Or(cmp.Compare(b.Bytes(), a.Bytes()), strings.Compare(a.Makes, b.Makes), strings.Compare(a.first(), b.first()))
	})
}

func (u Unit) first() string {
	if len(u.Inputs) == 0 {
		return ""
	}
	return u.Inputs[0].Name
}

// Write writes a list.
func Write(w io.Writer, units []Unit) error {
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for _, u := range units {
		if err := lines.Encode(u); err != nil {
			return err
		}
	}
	return out.Flush()
}

// Bounds of a list. Who has more to do lists it in parts.
const (
	maxLine  = 64 << 20 // bytes of a unit: what a derivation of the whole history reads
	maxShard = 1 << 30  // bytes of the units of one shard
	maxUnits = 10_000_000
)

// Read returns the units of a shard, and how many the list has in all. A list that another program wrote is an error, as are paths
// that leave the data folder. Errors name the line.
func Read(r io.Reader, program string, of Shard) (units []Unit, all int, err error) {
	in, held := bufio.NewReader(r), 0
	for ; ; all++ {
		line, err := readLine(in)
		if err == io.EOF {
			return units, all, nil
		}
		if err == nil && all == maxUnits {
			err = fmt.Errorf("more than %d units", maxUnits)
		}
		var u Unit
		if err == nil && of.has(all) {
			if u, err = parse(line, program); err == nil {
				units, held = append(units, u), held+len(line)
			}
			if held > maxShard {
				err = fmt.Errorf("the shard has more than %d bytes; use more shards", maxShard)
			}
		}
		if err != nil {
			return nil, all, fmt.Errorf("line %d: %w", all+1, err)
		}
	}
}

var errLong = fmt.Errorf("the line is longer than %d bytes", maxLine)

// readLine returns the next line. One without its end is what an interrupted copy leaves.
func readLine(in *bufio.Reader) (line []byte, err error) {
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return nil, errLong
		case err == io.EOF && len(line) > 0:
			return nil, errors.New("the line is cut off; copy the list again")
		case err != bufio.ErrBufferFull:
			return line, err
		}
	}
}

func parse(line []byte, program string) (u Unit, err error) {
	fields := json.NewDecoder(bytes.NewReader(line))
	fields.DisallowUnknownFields()
	if err := fields.Decode(&u); err != nil {
		return u, fmt.Errorf("not a unit: %w", err)
	}
	if fields.InputOffset() != int64(len(bytes.TrimRight(line, " \t\r\n"))) {
		return u, errors.New("not a unit: something follows it")
	}
	return u, u.check(program)
}

// check returns an error unless the unit can be one of this program's.
func (u Unit) check(program string) error {
	switch {
	case u.Program != program:
		return fmt.Errorf("listed by %q, and this is %q; list again with the program that is to work", u.Program, program)
	case !slices.Contains(Kinds(), u.Does):
		return fmt.Errorf("it does %q (want %s)", u.Does, strings.Join(Kinds(), ", "))
	case makesOne(u.Does) != (u.Makes != ""):
		return fmt.Errorf("it makes %q, which does not go with %s", u.Makes, u.Does)
	case u.Makes != "" && (!local(u.Makes) || path.Ext(u.Makes) != ".parquet"):
		return fmt.Errorf("it makes %q, which is not a partition", u.Makes)
	case len(u.Inputs) == 0:
		return errors.New("it has no inputs")
	}
	for _, in := range u.Inputs {
		if !local(in.Name) {
			return fmt.Errorf("its input %q is not a file of the data folder", in.Name)
		}
		if sum, err := hex.DecodeString(in.SHA256); err != nil || len(sum) != 32 || in.Bytes < 0 {
			return fmt.Errorf("its input %q lacks size or SHA-256", in.Name)
		}
	}
	return nil
}

// local reports whether a path with slashes stays in its folder, and is the one way to write it.
func local(name string) bool {
	return name != "." && path.Clean(name) == name && filepath.IsLocal(filepath.FromSlash(name))
}
