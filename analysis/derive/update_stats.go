package derive

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"
	"strconv"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// UpdateStats makes update_stats: what each peer of a collector sent on a day.
var UpdateStats = Derivation{Of: datasets.UpdateStats.Schema, Plan: planUpdateStats}

// updateFile is a partition of updates.
type updateFile struct {
	*table.Manifest
	collector string
	from      time.Time // of the first record
}

func planUpdateStats(store *table.Store) ([]Job, error) {
	return planUpdateDays(store, "", updateStats)
}

// planUpdateDays returns a job for each collector's day with update files, which run gets in the order of their records. with
// is what else the jobs depend on.
func planUpdateDays(store *table.Store, with string, run func(context.Context, *table.Store, []updateFile, *table.Commit, table.Key) error) ([]Job, error) {
	files, err := store.Manifests(datasets.Updates.Schema)
	if err != nil {
		return nil, err
	}
	type collectorDay struct {
		collector string
		day       time.Time
	}
	groups := map[collectorDay][]updateFile{}
	for _, m := range files {
		labels, ok, err := datasets.Updates.Labels(store, m)
		if err != nil {
			return nil, err
		}
		if ok {
			key := collectorDay{labels.Collector, m.Day()}
			groups[key] = append(groups[key], updateFile{m, labels.Collector, labels.Time})
		}
	}
	var jobs []Job
	for g, group := range groups {
		slices.SortStableFunc(group, func(a, b updateFile) int { return a.from.Compare(b.from) })
		var inputs []table.Input
		for _, f := range group {
			in := f.AsInput()
			in.With = with
			inputs = append(inputs, in)
		}
		key := table.Key{Day: g.day, Name: g.collector}
		if key.Name == "" {
			key.Name = "unnamed"
		}
		jobs = append(jobs, Job{Key: key, Inputs: inputs, Run: func(ctx context.Context, into *table.Commit) error {
			return run(ctx, store, group, into, key)
		}})
	}
	slices.SortFunc(jobs, func(a, b Job) int { return cmp.Or(a.Key.Day.Compare(b.Key.Day), cmp.Compare(a.Key.Name, b.Key.Name)) })
	return jobs, nil
}

// session is a peer as the updates name it.
type session struct {
	address string
	asn     uint32
}

// updateDay counts the updates of a collector's day.
type updateDay struct {
	hasher
	last  map[uint64]uint64                   // by session, prefix and path identifier: the attributes announced last, or withdrawn
	seen  [2]map[uint64]bool                  // prefixes by family
	rows  map[session]*[3]datasets.UpdateStat // of IPv4, IPv6, and the session itself
	total [3]datasets.UpdateStat              // of all sessions
}

// withdrawn takes the place of attributes in last.
const withdrawn = 0

// maxGap is the longest time between two records that counts as covered; a longer one means that files are missing.
const maxGap = time.Hour

func updateStats(ctx context.Context, store *table.Store, files []updateFile, into *table.Commit, key table.Key) error {
	out, err := datasets.UpdateStats.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "element"
	u := &updateDay{hasher: newHasher(), last: map[uint64]uint64{}, seen: [2]map[uint64]bool{{}, {}}, rows: map[session]*[3]datasets.UpdateStat{}}
	var latest time.Time // the records of a file need not be in order
	var covered time.Duration
	n := 0
	for _, f := range files {
		for row, err := range datasets.Updates.Scan(store.Path(f.Manifest)) {
			if err != nil {
				return err
			}
			if n++; n%65536 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if gap := row.Time.Sub(latest); !latest.IsZero() && gap > 0 && gap <= maxGap {
				covered += gap
			}
			if row.Time.After(latest) {
				latest = row.Time
			}
			out.See(1)
			if u.add(&row) {
				out.Keep(1)
			} else {
				out.Reject("family without metrics", 1)
			}
		}
	}
	rows := u.allRows()
	for i := range rows {
		rows[i].Collector, rows[i].Day, rows[i].Files, rows[i].Seconds = files[0].collector, key.Day, int64(len(files)), covered.Seconds()
	}
	return out.Append(rows...)
}

// add counts a row. It reports whether the row's family is counted.
func (u *updateDay) add(row *datasets.Update) bool {
	from := session{row.PeerAddress, row.PeerASN}
	counts := u.rows[from]
	if counts == nil {
		counts = new([3]datasets.UpdateStat)
		u.rows[from] = counts
	}
	if row.Kind == "state" {
		addStateChange(row, &counts[2], &u.total[2])
		return true
	}
	if row.SAFI != 1 || row.Family != 4 && row.Family != 6 {
		return false
	}
	v6 := int(row.Family / 6)
	own, total := &counts[v6], &u.total[v6]
	route, prefix := u.routeHash(row), u.sum(row.Prefix)
	before, known := u.last[route]
	if !known {
		own.Prefixes++ // each path of a prefix (ADD-PATH) counts for the peer
	}
	if !u.seen[v6][prefix] {
		u.seen[v6][prefix] = true
		total.Prefixes++
	}
	now := uint64(withdrawn)
	if row.Kind != "withdraw" {
		now = u.attributesHash(row)
	}
	addUpdate(own, now, known && before == now)
	addUpdate(total, now, known && before == now)
	u.last[route] = now
	return true
}

// addStateChange counts a change of a session's state.
func addStateChange(row *datasets.Update, stats ...*datasets.UpdateStat) {
	for _, s := range stats {
		s.StateChanges++
		if row.OldState == established && row.NewState != established {
			s.SessionLosses++
		}
	}
}

// addUpdate counts an announcement of the attributes, or a withdrawal; again means that it repeats the one before it.
func addUpdate(s *datasets.UpdateStat, attributes uint64, again bool) {
	if attributes == withdrawn {
		s.Withdrawals++
		if again {
			s.Repeated++
		}
		return
	}
	s.Announcements++
	if again {
		s.Duplicates++
	}
}

// hasher hashes routes and attributes, in each process differently.
type hasher struct {
	seed maphash.Seed
	hash maphash.Hash
}

func newHasher() hasher { return hasher{seed: maphash.MakeSeed()} }

// sum returns a hash that represents a route or its attributes. With 64 bits, the chance that two of ten million have the
// same is 1 in 400,000.
func (h *hasher) sum(parts ...string) uint64 {
	h.hash.SetSeed(h.seed)
	for _, p := range parts {
		h.hash.WriteString(p)
		h.hash.WriteByte(0)
	}
	return h.hash.Sum64()
}

func (u *updateDay) routeHash(row *datasets.Update) uint64 {
	return u.sum(row.PeerAddress, strconv.FormatUint(uint64(row.PeerASN), 36), row.Prefix, number(row.PathID))
}

func (h *hasher) attributesHash(row *datasets.Update) uint64 {
	atomic := ""
	if row.AtomicAggregate {
		atomic = "1"
	}
	sum := h.sum(row.ASPath, row.Origin, row.NextHop, number(row.MED), number(row.LocalPref), atomic, row.Aggregator, row.Communities, row.LargeCommunities,
		row.ExtCommunities, row.OriginatorID, row.ClusterList, number(row.OTC), row.OtherAttributes)
	if sum == withdrawn {
		sum++
	}
	return sum
}

func number(v *int64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatInt(*v, 36)
}

// allRows returns the rows that have counts, those of all peers together first.
func (u *updateDay) allRows() (rows []datasets.UpdateStat) {
	add := func(counts *[3]datasets.UpdateStat, peer session) {
		for i, family := range []uint32{4, 6, 0} {
			row := counts[i]
			if row.Announcements+row.Withdrawals+row.StateChanges > 0 {
				row.Family, row.PeerAddress, row.PeerASN = family, peer.address, peer.asn
				rows = append(rows, row)
			}
		}
	}
	add(&u.total, session{})
	for peer, counts := range u.rows {
		add(counts, peer)
	}
	slices.SortFunc(rows, func(a, b datasets.UpdateStat) int {
		return cmp.Or(cmp.Compare(a.PeerASN, b.PeerASN), cmp.Compare(a.PeerAddress, b.PeerAddress), cmp.Compare(a.Family, b.Family))
	})
	return rows
}
