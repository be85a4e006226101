package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"tidemark/internal/suggest"

	"tidemark/collectors/mrt/dump"
)

type mrtVerb struct {
	Dump mrtDumpVerb `cmd:"" help:"Print the routes, updates and messages of MRT files."`
	RIB  mrtRIBVerb  `cmd:"" name:"rib" help:"Show the table at a given time: the table dumps before it, with the updates since."`
	Diff mrtDiffVerb `cmd:"" help:"Show what differs between two tables: prefixes that came or went, and routes with another origin or path."`
	Get  mrtGetVerb  `cmd:"" help:"Fetch the files of a route collector and a range of time from their archive into a folder."`
	Stat mrtStatVerb `cmd:"" help:"Count the contents of MRT files: records, peers, families, attributes, skipped ranges."`
}

type mrtDumpVerb struct {
	mrtShow
	File []string `arg:"" help:"MRT files, compressed or not; - is standard input."`
}

// mrtShow are the flags that say what is shown and how.
type mrtShow struct {
	Human   bool `short:"H" help:"Several lines for each record, as bgpdump -H does (the default)."`
	Machine bool `short:"m" help:"One line for each element, with times in seconds, as bgpdump -m does."`
	Dates   bool `short:"M" help:"One short line for each element, with formatted times, as bgpdump -M does."`
	JSON    bool `help:"One JSON object for each element, with every attribute."`
	CSV     bool `name:"csv" help:"Comma-separated values with a header line."`

	Time             string `short:"t" enum:"dump,change" default:"dump" help:"Time shown for RIB entries: that of the dump, or of their last change."`
	PacketIndex      bool   `short:"p" help:"With -m and -M, put the number of the record into the second field."`
	LargeCommunities bool   `short:"l" help:"With -m, add a field for large communities after the communities."`
	Unassigned       bool   `short:"u" help:"With -m, add a field for unassigned attributes at the end."`
	Output           string `short:"O" placeholder:"FILE" help:"Write to FILE instead of standard output."`

	mrtSelect
	Origin    []string `placeholder:"ASN" help:"Only routes that this AS originates."`
	Path      string   `placeholder:"EXPR" help:"Only routes whose AS path matches: a regular expression in which _ matches the space between ASes and either end."`
	Community []string `placeholder:"COMMUNITY" help:"Only routes with this community, written as in the output (64496:1, 64496:1:2, rt:64496:1)."`
	Kind      []string `placeholder:"KIND" help:"Only elements of this kind: ${kinds}."`
	From      string   `placeholder:"TIME" help:"Only records at or after this time (UTC; RFC 3339, a day, or seconds since 1970)."`
	Until     string   `placeholder:"TIME" help:"Only records at or before this time."`
}

// mrtSelect are the flags that select routes by prefix and peer.
type mrtSelect struct {
	Prefix []string `placeholder:"PREFIX" help:"Only this prefix."`
	More   []string `placeholder:"PREFIX" help:"Only this prefix and more specific ones."`
	Less   []string `placeholder:"PREFIX" help:"Only this prefix and less specific ones."`
	Peer   []string `placeholder:"PEER" help:"Only this peer: an address or an AS number."`
}

// Run prints the files one after the other.
func (v *mrtDumpVerb) Run(ctx context.Context, env *environment) error {
	options, err := v.options()
	if err != nil {
		return usageError{err}
	}
	return promptly(ctx, func() error {
		files := env.mrtFiles()
		return files.verdict(v.to(env, options, func(out io.Writer) error {
			if _, err := io.WriteString(out, options.Header()); err != nil {
				return err
			}
			return files.each(v.File, func(name string, in io.Reader) error {
				return dump.Run(ctx, in, name, options, out, files.report)
			})
		}))
	})
}

// to writes to the file of -O, or to standard output, where text is made legible.
func (v *mrtShow) to(env *environment, options *dump.Options, write func(io.Writer) error) (err error) {
	switch {
	case v.Output != "":
	case options.Format == dump.JSON || options.Format == dump.CSV:
		return write(env.stdout)
	default:
		return write(env.out)
	}
	f, err := os.Create(v.Output)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	return write(f)
}

func (v *mrtShow) options() (*dump.Options, error) {
	o := &dump.Options{Changed: v.Time == "change", PacketIndex: v.PacketIndex, LargeCommunities: v.LargeCommunities, Unassigned: v.Unassigned}
	if err := v.format(o); err != nil {
		return nil, err
	}
	return o, v.filter(&o.Filter)
}

// format sets the format that the flags choose.
func (v *mrtShow) format(o *dump.Options) error {
	chosen := 0
	for format, is := range map[dump.Format]bool{dump.Human: v.Human, dump.Machine: v.Machine, dump.MachineDate: v.Dates, dump.JSON: v.JSON, dump.CSV: v.CSV} {
		if is {
			o.Format = format
			chosen++
		}
	}
	if chosen > 1 {
		return errors.New("-H, -m, -M, --json and --csv exclude each other")
	}
	return nil
}

// filter sets what the flags choose.
func (v *mrtSelect) filter(f *dump.Filter) (err error) {
	if f.Exact, err = parsePrefixes(v.Prefix); err != nil {
		return err
	}
	if f.More, err = parsePrefixes(v.More); err != nil {
		return err
	}
	if f.Less, err = parsePrefixes(v.Less); err != nil {
		return err
	}
	for _, text := range v.Peer {
		if a, err := netip.ParseAddr(text); err == nil {
			f.Peers = append(f.Peers, a)
		} else if asn, err := dump.ParseASN(text); err == nil {
			f.PeerASNs = append(f.PeerASNs, asn)
		} else {
			return fmt.Errorf("--peer %q is neither an address nor an AS number", text)
		}
	}
	return nil
}

// filter sets what the flags choose.
func (v *mrtShow) filter(f *dump.Filter) (err error) {
	if err := v.mrtSelect.filter(f); err != nil {
		return err
	}
	for _, text := range v.Origin {
		asn, err := dump.ParseASN(text)
		if err != nil {
			return err
		}
		f.Origins = append(f.Origins, asn)
	}
	if v.Path != "" {
		if f.Path, err = dump.PathExpression(v.Path); err != nil {
			return err
		}
	}
	f.Communities = v.Community
	for _, kind := range v.Kind {
		if !slices.Contains(dump.Kinds(), kind) {
			return fmt.Errorf("--kind %q is none of %s%s", kind, strings.Join(dump.Kinds(), ", "), suggest.Near(kind, dump.Kinds()))
		}
	}
	f.Kinds = v.Kind
	if f.From, err = parseTime(v.From); err != nil {
		return err
	}
	f.Until, err = parseTime(v.Until)
	return err
}

func parsePrefixes(texts []string) (prefixes []netip.Prefix, err error) {
	for _, text := range texts {
		p, err := parsePrefix(text)
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, p)
	}
	return prefixes, nil
}

// parsePrefix parses a prefix, or an address as the prefix of full length. Bits past the length are refused, as it is not
// clear which prefix is meant.
func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("invalid prefix %q (want for example 193.0.0.0/16 or 2001:db8::/32)", s)
	}
	if p != p.Masked() {
		return p, fmt.Errorf("%s has bits past its length; %s is the prefix", p, p.Masked())
	}
	return p, nil
}

// parseTime parses a time as people and programs write it, in UTC. The empty text is the zero time.
func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	var seconds int64
	if n, err := fmt.Sscanf(s, "%d", &seconds); n == 1 && err == nil && fmt.Sprint(seconds) == s {
		return time.Unix(seconds, 0).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("invalid time %q (want for example 2019-01-01T00:05:00Z, 2019-01-01 or 1546300800)", s)
}

type mrtStatVerb struct {
	JSON bool     `help:"One JSON object for each file."`
	File []string `arg:"" help:"MRT files, compressed or not; - is standard input."`
}

// Run counts the files one after the other.
func (v *mrtStatVerb) Run(ctx context.Context, env *environment) error {
	to := env.out
	if v.JSON {
		to = env.stdout
	}
	return promptly(ctx, func() error {
		files := env.mrtFiles()
		return files.verdict(files.each(v.File, func(name string, in io.Reader) error {
			started := time.Now()
			s, err := dump.Measure(ctx, in, name)
			if err != nil && !errors.Is(err, dump.ErrNoRecords) {
				return err
			}
			if s.Places > 0 {
				files.report(fmt.Errorf("%s: %d places are damaged or malformed, %d bytes skipped", name, s.Places, s.SkippedLen))
			}
			if err := v.show(to, s); err != nil {
				return err
			}
			if env.terminal && !v.JSON {
				took := time.Since(started).Seconds()
				printf(to, "read in %.2f s, %.0f MB/s\n", took, float64(s.Bytes)/1e6/took)
			}
			return err
		}))
	})
}

func (v *mrtStatVerb) show(to io.Writer, s *dump.Stat) error {
	if v.JSON {
		return json.NewEncoder(to).Encode(s)
	}
	_, err := s.WriteTo(to)
	return err
}
