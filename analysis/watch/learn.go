package watch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/analysis/engine"
	"tidemark/analysis/operator"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// Learnt is what the newest dumps show of an AS, as a rule to be confirmed.
type Learnt struct {
	Time time.Time // of the dumps
	Rule Rule
	Seen []Network // the prefixes of the rule, in their order
}

// Network is a prefix that an AS originates.
type Network struct {
	Prefix     netip.Prefix
	Others     string // other origins, comma-separated
	ROV        string
	Visibility *float64
	MaxLength  int64 // longest that ROAs of the AS allow; 0: none covers the prefix, or no payloads are at hand
}

// Learn returns a rule for what an AS originates in the newest dumps: the prefixes that no other one of it covers, all origins of these,
// its neighbours that are not its customers, and the least visibility of a prefix by family, rounded down to tenths, at most 0.9.
func Learn(ctx context.Context, store *table.Store, asn uint32) (*Learnt, error) {
	_, newest, err := statesOf(store)
	if err != nil {
		return nil, err
	}
	e, err := engine.Open(store, []*table.Schema{datasets.RouteStates.Schema, datasets.ASLinks.Schema, datasets.ROAs.Schema},
		engine.Options{Only: func(m *table.Manifest) bool { return m.Dataset != datasets.RouteStates.Name || newest(m) }})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	result, err := e.Query(ctx, `SELECT time, prefix, rov_state, visibility, full_feed_ases, coalesce((SELECT string_agg(CAST(o.origin_asn AS VARCHAR), ',' ORDER BY o.origin_asn)
        FROM route_states AS o WHERE o.time = s.time AND o.prefix = s.prefix AND o.origin_asn <> s.origin_asn AND o.origin_asn > 0), '')
    FROM route_states AS s WHERE time = (SELECT max(time) FROM route_states) AND origin_asn = ? AND left_out = ''`, int64(asn))
	if err != nil {
		return nil, err
	}
	if len(result.Rows) == 0 {
		return nil, fmt.Errorf("AS%d originates nothing in the newest dumps: %w", asn, ErrNothing)
	}
	l := &Learnt{Time: result.Rows[0][0].(time.Time), Rule: Rule{Name: fmt.Sprintf("AS%d", asn), ASes: []uint32{asn}, Origins: []uint32{asn}}}
	var all []Network
	for _, row := range result.Rows {
		p, err := netip.ParsePrefix(row[1].(string))
		if err != nil {
			return nil, err
		}
		n := Network{Prefix: p, ROV: row[2].(string), Others: row[5].(string)}
		if share, ok := row[3].(float64); ok && known(row[4]) != nil && *known(row[4]) >= minFeedASes {
			n.Visibility = &share
		}
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b Network) int { return netaddr.ComparePrefixes(a.Prefix, b.Prefix) })
	l.addNetworks(all)
	if err := l.addMaxLengths(ctx, e, asn); err != nil {
		return nil, err
	}
	return l, l.addUpstreams(ctx, e, asn)
}

// ErrNothing is returned if the data show nothing of what is to be learnt.
var ErrNothing = errors.New("there is nothing to learn")

// addNetworks adds the prefixes: as watched ones those that no other covers, the rest as allowed.
func (l *Learnt) addNetworks(all []Network) {
	r := &l.Rule
	for _, n := range all {
		covered := slices.ContainsFunc(all, func(other Network) bool { return other.Prefix != n.Prefix && within(n.Prefix, other.Prefix) })
		if covered {
			r.Allowed = append(r.Allowed, n.Prefix.String())
			continue
		}
		r.Prefixes = append(r.Prefixes, n.Prefix.String())
		l.Seen = append(l.Seen, n)
		if n.Visibility != nil {
			share := &r.Visibility.IPv4
			if n.Prefix.Addr().Is6() {
				share = &r.Visibility.IPv6
			}
			if floor := min(math.Floor(*n.Visibility*10)/10, 0.9); *share == 0 || floor < *share {
				*share = floor
			}
		}
	}
}

// addUpstreams adds the neighbours of the AS in both families that are not its customers.
func (l *Learnt) addUpstreams(ctx context.Context, e *engine.Engine, asn uint32) error {
	result, err := e.Query(ctx, `SELECT DISTINCT CAST(CASE WHEN as_a = $1 THEN as_b ELSE as_a END AS BIGINT) AS neighbour FROM as_links
    WHERE time = $2 AND (as_a = $1 AND relation <> 'provider' OR as_b = $1 AND relation <> 'customer') ORDER BY neighbour`, int64(asn), l.Time)
	if err != nil {
		return err
	}
	for _, row := range result.Rows {
		l.Rule.Upstreams = append(l.Rule.Upstreams, uint32(row[0].(int64)))
	}
	return nil
}

// addMaxLengths adds the longest length that the newest payloads of the AS allow for each watched prefix.
func (l *Learnt) addMaxLengths(ctx context.Context, e *engine.Engine, asn uint32) error {
	result, err := e.Query(ctx, `SELECT prefix, max(CAST(max_length AS BIGINT)) FROM roas WHERE asn = ? AND file_date = (SELECT max(file_date) FROM roas WHERE file_date <= ?) GROUP BY prefix ORDER BY prefix`, int64(asn), l.Time)
	if err != nil {
		return err
	}
	for _, row := range result.Rows {
		p, err := operator.ParsePrefix(row[0].(string))
		if err != nil {
			return err
		}
		for i := range l.Seen {
			if n := &l.Seen[i]; within(n.Prefix, p) {
				n.MaxLength = max(n.MaxLength, row[1].(int64))
			}
		}
	}
	return nil
}

// TOML returns the rule as a block of the configuration, with what the dumps show in comments.
func (l *Learnt) TOML() string {
	var b strings.Builder
	r := &l.Rule
	fmt.Fprintf(&b, "# What AS%d originates in the dumps of %s. Strike what is not to be so, then copy the rest into the configuration.\n[[watch.rule]]\nname = %q\nases = [%d]\nprefixes = [\n", r.ASes[0], clock(l.Time), r.Name, r.ASes[0])
	for _, n := range l.Seen {
		notes := []string{"ROV " + n.ROV}
		if n.MaxLength > 0 {
			notes = append(notes, fmt.Sprintf("ROA maxLength %d", n.MaxLength))
		}
		if n.Visibility != nil {
			notes = append(notes, fmt.Sprintf("visibility %.2f", *n.Visibility))
		}
		if n.Others != "" {
			notes = append(notes, "also announced by AS"+strings.ReplaceAll(n.Others, ",", ", AS"))
		}
		fmt.Fprintf(&b, "    %q, # %s\n", n.Prefix, strings.Join(notes, ", "))
	}
	fmt.Fprintf(&b, "]\norigins = %s\n", list(r.Origins))
	if len(r.Upstreams) > 0 {
		fmt.Fprintf(&b, "upstreams = %s\n", list(r.Upstreams))
	}
	if len(r.Allowed) > 0 {
		fmt.Fprintf(&b, "allowed = [%s] # inside the prefixes\n", `"`+strings.Join(r.Allowed, `", "`)+`"`)
	}
	var shares []string
	for _, f := range []struct {
		name  string
		share float64
	}{{"ipv4", r.Visibility.IPv4}, {"ipv6", r.Visibility.IPv6}} {
		if f.share > 0 {
			shares = append(shares, fmt.Sprintf("%s = %g", f.name, f.share))
		}
	}
	if len(shares) > 0 {
		fmt.Fprintf(&b, "visibility = {%s} # of full feeds, the least of the prefixes\n", strings.Join(shares, ", "))
	}
	return b.String()
}

// list returns AS numbers as an array in TOML.
func list(asns []uint32) string { return strings.ReplaceAll(fmt.Sprint(asns), " ", ", ") }
