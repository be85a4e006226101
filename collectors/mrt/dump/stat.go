package dump

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/bits"
	"net/netip"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// Stat holds the counts of a file.
type Stat struct {
	File       string           `json:"file"`
	Bytes      int64            `json:"bytes"` // decompressed
	Records    int64            `json:"records"`
	First      time.Time        `json:"first"` // times of the records
	Last       time.Time        `json:"last"`
	Types      map[string]int64 `json:"types"`      // records by type and subtype
	Elements   map[string]int64 `json:"elements"`   // rib, announce, withdraw, state, other messages, end-of-rib
	Families   map[string]int64 `json:"families"`   // RIB entries, announcements and withdrawals
	Attributes map[string]int64 `json:"attributes"` // of RIB entries and UPDATEs, well formed
	Problems   map[string]int64 `json:"problems,omitempty"`
	Peers      []PeerStat       `json:"peers"`
	Places     int64            `json:"damaged_places"`    // ranges that were skipped, and malformed records
	Skipped    []string         `json:"skipped,omitempty"` // the first of them, and why
	SkippedLen int64            `json:"skipped_bytes"`
}

// PeerStat is the number of elements that a peer sent.
type PeerStat struct {
	Address  netip.Addr `json:"address"`
	ASN      uint32     `json:"asn"`
	Elements int64      `json:"elements"`
}

// maxSkipped is the number of skipped ranges and malformed records that are listed.
const maxSkipped = 100

// place is an error with the offset of the bytes that it is about.
type place struct {
	offset int64
	err    error
}

// session is a peer without its BGP identifier, which update files do not have.
type session struct {
	address netip.Addr
	asn     uint32
}

// counts are the counts of one worker.
type counts struct {
	types      map[uint32]int64 // type<<16 | subtype
	elements   map[string]int64
	families   map[bgp.Family]int64
	attributes [256]int64
	problems   map[string]int64
	peers      map[session]int64
	base       *mrt.RIB
	rib        *mrt.RIB
	ribPeers   []int64 // entries by peer of rib
	frame      bgp.Frame
	attrs      bgp.Attributes
	entries    int64

	// Not added to the maps yet: consecutive records of one type, and blocks of attributes by the set of their types.
	kind  uint32
	kinds int64
	sets  [1 << setBits]attributeSet
}

// setBits is the binary logarithm of the number of sets that are counted at once; sets that collide replace each other.
const setBits = 8

type attributeSet struct {
	present bgp.TypeSet
	n       int64
}

func newCounts() *counts {
	return &counts{types: map[uint32]int64{}, elements: map[string]int64{}, families: map[bgp.Family]int64{}, problems: map[string]int64{}, peers: map[session]int64{}}
}

// Measure counts the contents of the decompressed MRT file in, on all processors. Damage is counted and listed, not
// returned as an error. With ErrNoRecords the counts are of a file that has nothing to count.
func Measure(ctx context.Context, in io.Reader, file string) (*Stat, error) {
	s := &Stat{File: file}
	workers := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	todo, free := make(chan *job), make(chan *job, 2*workers)
	for range cap(free) {
		free <- &job{}
	}
	wrong := make(chan place, workers)
	var all []*counts
	for range workers {
		c := newCounts()
		all = append(all, c)
		group.Go(func() error {
			defer c.flush()
			for j := range todo {
				c.batch(j, file, wrong)
				free <- j
			}
			return nil
		})
	}
	has := contents{file: file}
	group.Go(func() error {
		defer close(todo)
		return s.feed(ctx, mrt.NewReader(in, file), &has, free, todo, wrong)
	})
	places := s.gather(wrong)
	err := group.Wait()
	if err == nil {
		err = has.verdict(func(err error) { wrong <- place{s.Bytes, err} })
	}
	close(wrong)
	s.list(<-places)
	s.add(all)
	return s, err
}

// feed reads batches for the workers, and counts what needs no decoding.
func (s *Stat) feed(ctx context.Context, reader *mrt.Reader, has *contents, free <-chan *job, todo chan<- *job, wrong chan<- place) error {
	var first, last uint32
	rib := mrt.NewRIB()
	for {
		j := <-free
		if err := reader.ReadBatch(&j.batch); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		for i := range j.batch.Records {
			seconds := j.batch.Records[i].Seconds
			if first == 0 || seconds < first {
				first = seconds
			}
			last = max(last, seconds)
		}
		s.Records += int64(len(j.batch.Records))
		s.Bytes = reader.Offset()
		if s.Records > 0 {
			s.First, s.Last = time.Unix(int64(first), 0).UTC(), time.Unix(int64(last), 0).UTC()
		}
		if d := j.batch.Damage; d != nil {
			s.SkippedLen += d.Length
			wrong <- place{d.Offset, d}
		}
		has.batch(&j.batch)
		j.rib = rib
		rib = rib.After(j.batch.Records)
		if err := send(ctx, todo, j); err != nil {
			return err
		}
	}
}

// gather counts the places until wrong is closed, and sends the first of them by their offsets.
func (s *Stat) gather(wrong <-chan place) <-chan []place {
	gathered := make(chan []place, 1)
	go func() {
		byOffset := func(a, b place) int { return cmp.Compare(a.offset, b.offset) }
		var places []place
		for p := range wrong {
			s.Places++
			places = append(places, p)
			if len(places) == 2*maxSkipped { // workers report in any order
				slices.SortStableFunc(places, byOffset)
				places = places[:maxSkipped]
			}
		}
		slices.SortStableFunc(places, byOffset)
		gathered <- places[:min(len(places), maxSkipped)]
	}()
	return gathered
}

// list lists the places that were gathered.
func (s *Stat) list(places []place) {
	for _, p := range places {
		s.Skipped = append(s.Skipped, p.err.Error())
	}
	if s.Places > maxSkipped {
		s.Skipped = append(s.Skipped, fmt.Sprintf("… and %d more", s.Places-maxSkipped))
	}
}

func (s *Stat) add(all []*counts) {
	s.Types, s.Elements, s.Families, s.Attributes, s.Problems = map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]int64{}
	peers := map[session]int64{}
	for _, c := range all {
		for t, n := range c.types {
			s.Types[(&mrt.Record{Type: mrt.Type(t >> 16), Subtype: uint16(t)}).Name()] += n
		}
		for k, n := range c.elements {
			s.Elements[k] += n
		}
		for f, n := range c.families {
			s.Families[f.String()] += n
		}
		for kind, n := range c.attributes {
			if n > 0 {
				s.Attributes[bgp.AttributeType(kind).String()] += n
			}
		}
		for p, n := range c.problems {
			s.Problems[p] += n
		}
		for p, n := range c.peers {
			peers[p] += n
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(peers), func(a, b session) int {
		if c := a.address.Compare(b.address); c != 0 {
			return c
		}
		return int(int64(a.asn) - int64(b.asn))
	}) {
		s.Peers = append(s.Peers, PeerStat{p.address, p.asn, peers[p]})
	}
}

func (c *counts) batch(j *job, file string, wrong chan<- place) {
	if c.base != j.rib {
		c.flush()
		c.base, c.rib = j.rib, j.rib.Clone()
	}
	for i := range j.batch.Records {
		rec := &j.batch.Records[i]
		if kind := uint32(rec.Type)<<16 | uint32(rec.Subtype); kind != c.kind {
			c.flushKind()
			c.kind = kind
		}
		c.kinds++
		if err := c.record(rec); err != nil {
			wrong <- place{rec.Offset, recordError(rec, file, err)}
		}
	}
}

func (c *counts) flushKind() {
	if c.kinds > 0 {
		c.types[c.kind] += c.kinds
		c.kinds = 0
	}
}

func (c *counts) flushSet(s *attributeSet) {
	for word, set := range s.present {
		for ; set != 0; set &= set - 1 {
			c.attributes[word<<6|bits.TrailingZeros64(set)] += s.n
		}
	}
	s.n = 0
}

// flush adds what was counted per peer index, record type and attribute set to the maps.
func (c *counts) flush() {
	for i, n := range c.ribPeers {
		if p := c.rib.Peers[i]; n > 0 {
			c.peers[session{p.Address, p.ASN}] += n
		}
	}
	c.ribPeers = nil
	c.flushKind()
	for i := range c.sets {
		c.flushSet(&c.sets[i])
	}
	if c.entries > 0 {
		c.elements["rib"] += c.entries
		c.entries = 0
	}
}

func (c *counts) record(rec *mrt.Record) error {
	if !rec.IsRIB() {
		return c.message(rec)
	}
	if rec.IsPeerTable() {
		c.flush()
	}
	n := int64(0)
	var family bgp.Family
	_, err := c.rib.Entries(rec, func(e *mrt.Entry) {
		n++
		family = e.Family
		for len(c.ribPeers) <= e.Peer {
			c.ribPeers = append(c.ribPeers, 0)
		}
		c.ribPeers[e.Peer]++
		c.frame.Parse(e.Attributes, e.Form)
		c.count(e.Attributes, e.Form)
	})
	if n > 0 {
		c.entries += n
		c.families[family] += n
	}
	if errors.Is(err, mrt.ErrNotDecoded) {
		return nil // counted by its type
	}
	return err
}

// count counts the attributes of the frame, which was parsed from b.
func (c *counts) count(b []byte, form bgp.Form) {
	c.addSet(c.frame.Present)
	if c.frame.Short {
		c.problems["malformed path attributes"]++
	} else if c.frame.Problem {
		c.attrs.Decode(b, form)
		for _, p := range c.attrs.Problems() {
			c.problems[p.String()]++
		}
	}
}

// addSet counts the attributes of a route. The same few sets appear over and over.
func (c *counts) addSet(present bgp.TypeSet) {
	s := &c.sets[present[0]*0x9e3779b97f4a7c15>>(64-setBits)]
	if s.present != present {
		c.flushSet(s)
		s.present = present
	}
	s.n++
}

func (c *counts) message(rec *mrt.Record) error {
	m, err := rec.ParseMessage()
	if errors.Is(err, mrt.ErrNotDecoded) {
		return nil
	}
	cut := errors.Is(err, bgp.ErrCut)
	if err != nil && !cut {
		return err
	}
	peer := session{m.Peer.Address, m.Peer.ASN}
	add := func(kind string, n int64) {
		c.elements[kind] += n
		c.peers[peer] += n
	}
	if m.StateChange {
		add("state", 1)
		return nil
	}
	if m.Kind != bgp.MessageUpdate {
		add(messageKind(m.Kind), 1)
		if m.Kind == bgp.MessageOpen && !cut {
			_, err = bgp.ParseOpen(m.Body)
		}
		return err
	}
	wrong := c.update(&m, add)
	return cmp.Or(err, wrong)
}

// update counts an UPDATE.
func (c *counts) update(m *mrt.Message, add func(kind string, n int64)) error {
	u, err := bgp.ParseUpdate(m.Body)
	if err != nil {
		return err
	}
	err = c.attrs.DecodeUpdate(&u, m.Form)
	for _, p := range c.attrs.Problems() {
		c.problems[p.String()]++
	}
	c.addSet(c.attrs.Present)
	if _, is := u.EndOfRIB(&c.attrs); is {
		add("end-of-rib", 1)
		return nil
	}
	field := func(kind string, f bgp.Family, nlri []byte) {
		n := int64(0)
		if f.Native() {
			for all := bgp.Prefixes(nlri, f, bgp.PathIDs(nlri, f, m.Form.AddPath)); all.More(); {
				if _, _, e := all.Next(); e != nil {
					err = e
					break
				}
				n++
			}
		} else {
			for _, e := range f.Split(nlri, m.Form.AddPath) {
				if e != nil && !f.Named() {
					n = 1 // the form of its NLRI is not known
					break
				}
				if e != nil {
					err = e
					break
				}
				n++
			}
		}
		if n > 0 {
			add(kind, n)
			c.families[f] += n
		}
	}
	v4 := bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast}
	field("withdraw", v4, u.Withdrawn)
	if err != nil {
		return err
	}
	if a := &c.attrs; a.Has(bgp.TypeUnreach) {
		field("withdraw", a.Unreach.Family, a.Unreach.NLRI)
	}
	field("announce", v4, u.NLRI)
	if a := &c.attrs; a.Has(bgp.TypeReach) {
		field("announce", a.Reach.Family, a.Reach.NLRI)
	}
	return err
}

// WriteTo writes the counts as text. Times and rates are those of the data, not of reading it.
func (s *Stat) WriteTo(out io.Writer) (int64, error) {
	var b []byte
	b = fmt.Appendf(b, "%s\n  %-48s %15d\n  %-48s %15d\n", s.File, "bytes, decompressed", s.Bytes, "records", s.Records)
	if s.Records > 0 {
		b = fmt.Appendf(b, "  %-43s %s\n  %-43s %s\n", "first", s.First.Format(time.RFC3339), "last", s.Last.Format(time.RFC3339))
	}
	elements := int64(0)
	for _, n := range s.Elements {
		elements += n
	}
	if span := s.Last.Sub(s.First).Seconds(); span > 0 {
		b = fmt.Appendf(b, "  %-48s %15.1f\n  %-48s %15.1f\n", "records a second", float64(s.Records)/span, "elements a second", float64(elements)/span)
	}
	section := func(title string, counts map[string]int64) {
		if len(counts) == 0 {
			return
		}
		b = fmt.Appendf(b, "%s\n", title)
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			b = fmt.Appendf(b, "  %-48s %15d\n", name, counts[name])
		}
	}
	section("records by type", s.Types)
	section("elements", s.Elements)
	section("families", s.Families)
	section("attributes", s.Attributes)
	section("malformed", s.Problems)
	if len(s.Peers) > 0 {
		b = append(b, "peers, with their elements\n"...)
		for _, p := range s.Peers {
			b = fmt.Appendf(b, "  %-37s %-10s %15d\n", p.Address, fmt.Sprintf("AS%d", p.ASN), p.Elements)
		}
	}
	if len(s.Skipped) > 0 {
		b = fmt.Appendf(b, "damaged or malformed, %d bytes skipped\n", s.SkippedLen)
		for _, text := range s.Skipped {
			b = fmt.Appendf(b, "  %s\n", text)
		}
	}
	n, err := out.Write(b)
	return int64(n), err
}
