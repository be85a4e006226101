package registry

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
)

// rpslObject is an object of a registry: its class, and the attributes that are used of it.
type rpslObject struct {
	class   string
	line    int               // of its first attribute, from 1
	values  map[string][]byte // by attribute, each value after a line feed
	tooLong bool
}

// first returns the first value of an attribute; empty if there is none.
func (o *rpslObject) first(name string) string {
	value, _, _ := bytes.Cut(bytes.TrimPrefix(o.values[name], []byte("\n")), []byte("\n"))
	return strings.TrimSpace(toUTF8(string(value)))
}

// list returns the words of all values of an attribute, with a space between.
func (o *rpslObject) list(name string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(toUTF8(string(o.values[name])), ",", " ")), " ")
}

// usedAttributes are the attributes of an object that are held; others are passed over as they are read.
var usedAttributes = map[string]string{"route": "route", "route6": "route6", "origin": "origin", "source": "source",
	"mnt-by": "mnt-by", "member-of": "member-of", "created": "created", "last-modified": "last-modified"}

// maxAttributes is how many bytes the lines of an object's used attributes may have in all.
const maxAttributes = 16 << 10

var errLongObject = errors.New("object too long")

// attributeName matches the names of classes and attributes, in lower case.
var attributeName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)

// rpsl reads the objects of a dump, one after the other. Attributes that are not used take no memory, however long they are.
type rpsl struct {
	in *bufio.Reader // whose buffer holds the beginning of a line
	n  int           // lines read
}

func newRPSL(in io.Reader) *rpsl { return &rpsl{in: bufio.NewReaderSize(in, maxAttributes)} }

// next returns the next object; io.EOF after the last.
func (r *rpsl) next() (*rpslObject, error) {
	var o *rpslObject
	name, held := "", 0 // the attribute that a line may continue, and the bytes of all
	for {
		line, cut, err := r.readLine()
		if err == io.EOF && o != nil {
			return o, nil
		}
		if err != nil {
			return nil, err
		}
		if !cut && len(bytes.TrimSpace(line)) == 0 { // an empty line of a value begins with +
			if o != nil {
				return o, nil
			}
			continue
		}
		value, between := line[1:], byte(' ')
		switch line[0] {
		case '#', '%': // remarks of the server
			continue
		case ' ', '\t', '+': // the value goes on
			if o == nil {
				o = &rpslObject{line: r.n}
			}
		default:
			var before []byte
			before, value, _ = bytes.Cut(line, []byte(":"))
			lower(before)
			name, between = usedAttributes[string(before)], '\n'
			if o == nil {
				o = &rpslObject{line: r.n, values: map[string][]byte{}}
				if attributeName.Match(before) {
					o.class = string(before)
				}
			}
		}
		if name == "" || o.class != "route" && o.class != "route6" || o.tooLong {
			continue
		}
		if held += len(line) + 1; cut || held > maxAttributes {
			o.tooLong = true
			continue
		}
		value, _, _ = bytes.Cut(value, []byte("#"))
		o.values[name] = append(append(o.values[name], between), value...)
	}
}

// lower changes the capitals among the letters of ASCII.
func lower(text []byte) {
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			text[i] = c - 'A' + 'a'
		}
	}
}

// readLine returns the next line without its end; of a line that the buffer cannot hold the beginning, and cut. The bytes are good until
// the next call.
func (r *rpsl) readLine() (line []byte, cut bool, err error) {
	line, err = r.in.ReadSlice('\n')
	if len(line) > 0 {
		r.n++
	}
	if errors.Is(err, bufio.ErrBufferFull) {
		line = bytes.Clone(line[:128]) // enough for the name of the attribute
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.in.ReadSlice('\n')
		}
		cut = true
	}
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	if !cut {
		line = bytes.TrimRight(line, "\r\n")
	}
	return line, cut, err
}
