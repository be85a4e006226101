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
			of := collectorDay{labels.Collector, m.Day()}
			groups[of] = append(groups[of], updateFile{m, labels.Collector, labels.Time})
		}
	}
	var jobs []Job
	for of, group := range groups {
		slices.SortStableFunc(group, func(a, b updateFile) int { return a.from.Compare(b.from) })
		var inputs []table.Input
		for _, f := range group {
			inputs = append(inputs, f.AsInput())
		}
		key := table.Key{Day: of.day, Name: of.collector}
		if key.Name == "" {
			key.Name = "unnamed"
		}
		jobs = append(jobs, Job{Key: key, Inputs: inputs, Run: func(ctx context.Context, into *table.Commit) error {
			return updateStats(ctx, store, group, into, key)
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
	seed  maphash.Seed
	last  map[uint64]uint64 // by session, prefix and path: the attributes announced last, or withdrawn
	met   [2]map[uint64]bool
	rows  map[session]*[3]datasets.UpdateStat // IPv4, IPv6, session
	total [3]datasets.UpdateStat
	hash  maphash.Hash
}

// withdrawn stands in for attributes.
const withdrawn = 0

// silence is a gap between records that counts as missing files.
const silence = time.Hour

func updateStats(ctx context.Context, store *table.Store, files []updateFile, into *table.Commit, key table.Key) error {
	out, err := datasets.UpdateStats.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "element"
	u := &updateDay{seed: maphash.MakeSeed(), last: map[uint64]uint64{}, met: [2]map[uint64]bool{{}, {}}, rows: map[session]*[3]datasets.UpdateStat{}}
	var before time.Time
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
			if gap := row.Time.Sub(before); !before.IsZero() && gap > 0 && gap <= silence {
				covered += gap
			}
			before = row.Time
			out.See(1)
			if u.add(&row) {
				out.Keep(1)
			} else {
				out.Reject("family without metrics", 1)
			}
		}
	}
	rows := u.all()
	for i := range rows {
		rows[i].Collector, rows[i].Day, rows[i].Files, rows[i].Seconds = files[0].collector, key.Day, int64(len(files)), covered.Seconds()
	}
	return out.Append(rows...)
}

// add counts a row; false: it is of a family that is not counted.
func (u *updateDay) add(row *datasets.Update) bool {
	from := session{row.PeerAddress, row.PeerASN}
	counts := u.rows[from]
	if counts == nil {
		counts = new([3]datasets.UpdateStat)
		u.rows[from] = counts
	}
	if row.Kind == "state" {
		const established = 6
		for _, s := range []*datasets.UpdateStat{&counts[2], &u.total[2]} {
			s.StateChanges++
			if row.OldState == established && row.NewState != established {
				s.SessionLosses++
			}
		}
		return true
	}
	if row.SAFI != 1 || row.Family != 4 && row.Family != 6 {
		return false
	}
	v6 := int(row.Family / 6)
	mine, all := &counts[v6], &u.total[v6]
	route, prefix := u.routeOf(row), u.textOf(row.Prefix)
	before, known := u.last[route]
	if !known {
		mine.Prefixes++ // of several paths of a prefix (ADD-PATH) each counts for the peer
	}
	if !u.met[v6][prefix] {
		u.met[v6][prefix] = true
		all.Prefixes++
	}
	if row.Kind == "withdraw" {
		mine.Withdrawals++
		all.Withdrawals++
		if known && before == withdrawn {
			mine.Repeated++
			all.Repeated++
		}
		u.last[route] = withdrawn
		return true
	}
	mine.Announcements++
	all.Announcements++
	now := u.attributesOf(row)
	if known && before == now {
		mine.Duplicates++
		all.Duplicates++
	}
	u.last[route] = now
	return true
}

// Hashes of 64 bits stand for routes and attributes: among ten million, two are taken for one with a chance of 1 in 400,000.
func (u *updateDay) sum(parts ...string) uint64 {
	u.hash.SetSeed(u.seed)
	for _, p := range parts {
		u.hash.WriteString(p)
		u.hash.WriteByte(0)
	}
	return u.hash.Sum64()
}

func (u *updateDay) textOf(prefix string) uint64 { return u.sum(prefix) }

func (u *updateDay) routeOf(row *datasets.Update) uint64 {
	return u.sum(row.PeerAddress, strconv.FormatUint(uint64(row.PeerASN), 36), row.Prefix, number(row.PathID))
}

func (u *updateDay) attributesOf(row *datasets.Update) uint64 {
	atomic := ""
	if row.AtomicAggregate {
		atomic = "1"
	}
	h := u.sum(row.ASPath, row.Origin, row.NextHop, number(row.MED), number(row.LocalPref), atomic, row.Aggregator, row.Communities, row.LargeCommunities,
		row.ExtCommunities, row.OriginatorID, row.ClusterList, number(row.OTC), row.OtherAttributes)
	if h == withdrawn {
		h++
	}
	return h
}

func number(v *int64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatInt(*v, 36)
}

// all are the rows with counts, those of all peers together first.
func (u *updateDay) all() (rows []datasets.UpdateStat) {
	add := func(counts *[3]datasets.UpdateStat, of session) {
		for i, family := range []uint32{4, 6, 0} {
			row := counts[i]
			if row.Announcements+row.Withdrawals+row.StateChanges > 0 {
				row.Family, row.PeerAddress, row.PeerASN = family, of.address, of.asn
				rows = append(rows, row)
			}
		}
	}
	add(&u.total, session{})
	for of, counts := range u.rows {
		add(counts, of)
	}
	slices.SortFunc(rows, func(a, b datasets.UpdateStat) int {
		return cmp.Or(cmp.Compare(a.PeerASN, b.PeerASN), cmp.Compare(a.PeerAddress, b.PeerAddress), cmp.Compare(a.Family, b.Family))
	})
	return rows
}
