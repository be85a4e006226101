package showbgp

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// table reads lines, which depend on those before them: on the columns of the heading, on the network of further paths, and on the
// first half of a line that the router wrapped.
type table struct {
	columns columns // of the heading; weight is 0 before one was met
	network netip.Prefix
	hop     netip.Addr // of a wrapped line
	history bool       // the wrapped line is a history entry
	wrapped wrapped
}

// columns are the places where the numbers of a line end.
type columns struct{ metric, localPref, weight int }

// wrapped says what of a line a router has printed before it began a new one.
type wrapped int

const (
	nothing wrapped = iota
	networkOnly
	networkAndHop
)

// statuses are the letters in front of a network that IOS, Quagga and FRR print, RPKI states among them.
const statuses = " *>=sdhirSRmbfxactVIN"

// maxStatus is the widest column of them.
const maxStatus = 7

// behindHop is where the numbers end when a next hop begins at 0: IOS pads it to 16, and the numbers to 10, 7 and 7.
var behindHop = columns{26, 33, 40}

func (c columns) shifted(by int) columns {
	return columns{c.metric + by, c.localPref + by, c.weight + by}
}

// line reads a line. It returns nil if that is none of an entry, or not all of it.
func (t *table) line(text string) (*entry, error) {
	text = strings.TrimRight(strings.ReplaceAll(text, "\t", "        "), " \r")
	if at := strings.Index(text, "Network "); at >= 0 && strings.Contains(text, " Next Hop ") {
		metric, localPref, weight := strings.Index(text, "Metric"), strings.Index(text, "LocPrf"), strings.Index(text, "Weight")
		if metric < 0 || localPref <= metric || weight <= localPref {
			return nil, errors.New("the heading lacks Metric, LocPrf and Weight, in this order: only the columns of IOS, Quagga and FRR are read")
		}
		t.columns = columns{metric + 6, localPref + 6, weight + 6}
		return nil, t.end()
	}
	if t.columns.weight == 0 {
		return nil, nil // above the heading
	}
	if blank := skipBlanks(text, 0); t.wrapped != nothing && blank > maxStatus {
		if t.wrapped == networkAndHop {
			t.wrapped = nothing
			return t.numbers(text, -1)
		}
		t.wrapped = nothing
		return t.fromHop(text, blank)
	}
	unfinished := t.end()
	e, err := t.whole(text)
	return e, errors.Join(unfinished, err)
}

// end reports an error if a line was wrapped and did not continue.
func (t *table) end() error {
	if t.wrapped == nothing {
		return nil
	}
	t.wrapped = nothing
	return fmt.Errorf("the entry of %s before it is not complete", t.network)
}

// whole reads a line that begins with statuses, if it does.
func (t *table) whole(text string) (*entry, error) {
	for at := 0; at <= maxStatus && at < len(text); at++ {
		if text[at] != ' ' {
			token, _, _ := strings.Cut(text[at:], " ")
			if network, err := parseNetwork(token); err == nil {
				t.network, t.history = network, strings.Contains(text[:at], "h")
				hop := skipBlanks(text, at+len(token))
				if hop == len(text) {
					t.wrapped = networkOnly
					return nil, nil
				}
				return t.fromHop(text, hop)
			}
		}
		if strings.IndexByte(statuses, text[at]) < 0 {
			break
		}
	}
	lead := text[:min(len(text), maxStatus)]
	switch letters := strings.Trim(lead, " "); {
	case letters == "" || strings.IndexByte(statuses, letters[0]) < 0:
		return nil, nil // a total or a prompt
	case strings.Trim(letters, statuses) != "" || len(text) <= maxStatus:
		if !strings.ContainsAny(letters, "*>") || strings.ContainsAny(letters, "#") {
			return nil, nil
		}
		t.network = netip.Prefix{} // further paths are not of the network before
		return nil, fmt.Errorf("%.60q has no network", text)
	case !t.network.IsValid():
		return nil, fmt.Errorf("%.60q is a further path of an unknown network", text)
	}
	t.history = strings.Contains(lead, "h")
	return t.fromHop(text, skipBlanks(text, maxStatus))
}

// skipBlanks returns the place of the first byte from a place on that is not blank.
func skipBlanks(text string, from int) int {
	return len(text) - len(strings.TrimLeft(text[from:], " "))
}

// fromHop reads a line whose next hop begins at a place.
func (t *table) fromHop(text string, at int) (*entry, error) {
	token, _, more := strings.Cut(text[at:], " ")
	hop, err := netip.ParseAddr(token)
	if err != nil {
		return nil, fmt.Errorf("invalid next hop %.50q", token)
	}
	if hop = hop.WithZone(""); hop.Is4() != t.network.Addr().Is4() {
		return nil, fmt.Errorf("the next hop %s of %s is of the other family", hop, t.network)
	}
	if t.hop = hop; !more {
		t.wrapped = networkAndHop
		return nil, nil
	}
	return t.numbers(text, at)
}

// numbers reads metric, local preference, weight, path and origin. hop is where the next hop begins; -1 if it is in another line.
func (t *table) numbers(text string, hop int) (*entry, error) {
	from := 0
	var layouts []columns
	if hop >= 0 {
		from = hop + strings.IndexByte(text[hop:], ' ')
		layouts = append(layouts, behindHop.shifted(hop))
	}
	for _, by := range []int{0, -1, 1, -2, 2, -3, 3} {
		layouts = append(layouts, t.columns.shifted(by))
	}
	for _, at := range layouts {
		if e := t.laidOut(text, from, at); e != nil {
			if t.history {
				return nil, nil
			}
			rest := text[at.weight:]
			origin := strings.IndexByte("ie?", rest[len(rest)-1])
			if origin < 0 || len(rest) > 1 && rest[len(rest)-2] != ' ' {
				return nil, fmt.Errorf("%.60q does not end in an origin code", text)
			}
			path, err := parsePath(rest[:len(rest)-1])
			if err != nil {
				return nil, err
			}
			e.origin, e.path = byte(origin), path
			return e, nil
		}
	}
	return nil, fmt.Errorf("the numbers of %.100q are not in their columns", text)
}

// laidOut reads the numbers where a layout has them; nil if they are not there. Wide numbers may touch each other.
func (t *table) laidOut(text string, from int, at columns) *entry {
	if from > at.metric || len(text) <= at.weight+1 || text[at.weight] != ' ' {
		return nil
	}
	e := &entry{prefix: t.network, hop: t.hop}
	var ok [3]bool
	e.med, ok[0] = number(text[from:at.metric])
	e.localPref, ok[1] = number(text[at.metric:at.localPref])
	weight, isNumber := number(text[at.localPref:at.weight])
	ok[2] = isNumber && weight != nil
	if ok != [3]bool{true, true, true} {
		return nil
	}
	return e
}

// number returns the number at the end of a field; nil if the field is blank. ok reports whether it is either.
func number(field string) (n *uint32, ok bool) {
	text := strings.TrimLeft(field, " ")
	if text == "" {
		return nil, true
	}
	v, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return nil, false
	}
	short := uint32(v)
	return &short, true
}
