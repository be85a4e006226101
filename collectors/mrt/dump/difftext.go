package dump

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"tidemark/collectors/bgp/gobgp"
)

// DiffHeader is the line before the first change in CSV.
const DiffHeader = "change,family,prefix,path_id,peer_address,peer_asn,whole_table,old_as_path,new_as_path,old_origin_asn,new_origin_asn\n"

// name returns what the change is of: a prefix, or the text of the NLRI.
func (c *Change) name() string {
	if c.Family.Native() {
		return c.Prefix.String()
	}
	text, _ := gobgp.Describe(c.Family, []byte(c.NLRI))
	return text
}

// AppendText appends a line for people. A + or - says that the prefix came to the table, or went from it, with this route.
func (c *Change) AppendText(to []byte) []byte {
	mark := " "
	if c.Whole {
		mark = map[ChangeKind]string{Came: "+", Went: "-"}[c.Kind]
	}
	name := c.name()
	if c.HasID {
		name += " path " + strconv.FormatUint(uint64(c.PathID), 10)
	}
	to = fmt.Appendf(to, "%s %-10s %-24s %s AS%d: ", mark, c.Kind, name, c.Peer, c.PeerASN)
	path := func(s string) string {
		if s == "" {
			return "(empty path)"
		}
		return s
	}
	switch c.Kind {
	case Came:
		return append(to, path(c.New)+"\n"...)
	case Went, Attributes:
		return append(to, path(c.Old)+"\n"...)
	}
	return append(to, path(c.Old)+" → "+path(c.New)+"\n"...)
}

// AppendJSON appends an object on a line.
func (c *Change) AppendJSON(to []byte) []byte {
	object := struct {
		Change  ChangeKind `json:"change"`
		Family  string     `json:"family"`
		Prefix  string     `json:"prefix,omitempty"`
		NLRI    string     `json:"nlri,omitempty"`
		PathID  *uint32    `json:"path_id,omitempty"`
		Peer    string     `json:"peer_address"`
		PeerASN uint32     `json:"peer_asn"`
		Whole   bool       `json:"whole_table"`
		Old     *string    `json:"old_as_path,omitempty"`
		New     *string    `json:"new_as_path,omitempty"`
		OldASN  uint32     `json:"old_origin_asn,omitempty"`
		NewASN  uint32     `json:"new_origin_asn,omitempty"`
	}{Change: c.Kind, Family: c.Family.String(), Peer: c.Peer.String(), PeerASN: c.PeerASN, Whole: c.Whole, OldASN: c.OldOrigin, NewASN: c.NewOrigin}
	if c.Family.Native() {
		object.Prefix = c.name()
	} else {
		object.NLRI = c.name()
	}
	if c.HasID {
		object.PathID = &c.PathID
	}
	if c.Kind != Came {
		object.Old = &c.Old
	}
	if c.Kind != Went {
		object.New = &c.New
	}
	b, _ := json.Marshal(object) // strings and numbers can always be marshalled
	return append(append(to, b...), '\n')
}

// AppendCSV appends a line as DiffHeader names its fields.
func (c *Change) AppendCSV(to []byte) []byte {
	number := func(is bool, n uint32) string {
		if !is {
			return ""
		}
		return strconv.FormatUint(uint64(n), 10)
	}
	field := func(s string) string { // of a set or an NLRI's text, which may hold commas
		for _, r := range s {
			if r == ',' || r == '"' {
				return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
			}
		}
		return s
	}
	return fmt.Appendf(to, "%s,%s,%s,%s,%s,%d,%t,%s,%s,%s,%s\n", c.Kind, c.Family, field(c.name()), number(c.HasID, c.PathID), c.Peer, c.PeerASN, c.Whole,
		field(c.Old), field(c.New), number(c.OldOrigin != 0, c.OldOrigin), number(c.NewOrigin != 0, c.NewOrigin))
}
