package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// IRRRoutes reads dumps of Internet Routing Registries in RPSL (RFC 2622, RFC 4012): RIPE's and APNIC's of one class of objects, and those
// of RADB, ARIN and others that hold all. Objects other than route and route6 are counted by their class.
type IRRRoutes struct{ collectors.URLs }

// Name returns irr-routes.
func (IRRRoutes) Name() string { return "irr-routes" }

// Form is text in attributes, after comments. RIPE's routes have 30 MB, compressed, and all of RADB 20.
func (IRRRoutes) Form() collectors.Form {
	return collectors.Form{Bytes: 1 << 30, Inflated: 8 << 30, Filled: true, Like: "an attribute, for example route:",
		Begins: collectors.InFirstLine("#%", func(line string) bool {
			name, _, is := strings.Cut(line, ":")
			return is && attributeName.MatchString(strings.ToLower(name))
		})}
}

// rpslClasses are the classes of objects that are not read, by which they are counted (RFC 2622, RFC 2725, RFC 4012 and RIPE's).
var rpslClasses = []string{"as-block", "as-set", "aut-num", "domain", "filter-set", "inet-rtr", "inet6num", "inetnum", "irt", "key-cert", "mntner", "organisation",
	"peering-set", "person", "poem", "poetic-form", "role", "route-set", "rtr-set"}

// Decode reads a dump. Only one object is held in memory.
func (IRRRoutes) Decode(ctx context.Context, raw archive.Raw, into *table.Commit) error {
	day, err := dayOf(raw, time.Time{})
	if err != nil {
		return err
	}
	in, done, err := open(raw)
	if err != nil {
		return err
	}
	defer done()
	out, err := datasets.IRRRoutes.Create(into, raw.Key(day))
	if err != nil {
		return err
	}
	out.Unit = "route object"
	others := map[string]int{}
	objects := newRPSL(in)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		o, err := objects.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			err = fmt.Errorf("%s: line %d: %w", raw.ID(), objects.n, err)
			if out.Rows() == 0 {
				return err
			}
			into.Damage(err)
			break
		}
		if o.class != "route" && o.class != "route6" {
			if !slices.Contains(rpslClasses, o.class) {
				o.class = "unknown"
			}
			others[o.class]++
			continue
		}
		out.See(1)
		row, err := o.route()
		if err != nil {
			out.Reject(reasonOf(err), 1)
			into.Damage(fmt.Errorf("%s: line %d: %w", raw.ID(), o.line, err))
			continue
		}
		out.Keep(1)
		row.FileDate = day
		if err := out.Append(row); err != nil {
			return err
		}
	}
	if out.Rows() == 0 {
		return fmt.Errorf("%s: the dump holds no route objects%s", raw.ID(), otherClasses(others))
	}
	for class, n := range others {
		out.Note("object of class "+class+" not used", n)
	}
	return nil
}

// otherClasses names the objects that a dump without routes holds.
func otherClasses(others map[string]int) string {
	var all []string
	for _, class := range slices.Sorted(maps.Keys(others)) {
		all = append(all, fmt.Sprintf("%s %d", class, others[class]))
	}
	if len(all) == 0 {
		return ""
	}
	return ", but objects of other classes: " + strings.Join(all, ", ")
}

// Reasons for which a route object is rejected.
var (
	errRoutePrefix = errors.New("malformed prefix")
	errRouteOrigin = errors.New("missing or malformed origin")
	errRouteSource = errors.New("no source")
)

func reasonOf(err error) string {
	for _, reason := range []error{errRoutePrefix, errRouteOrigin, errRouteSource, errLongObject} {
		if errors.Is(err, reason) {
			return reason.Error()
		}
	}
	return "malformed object"
}

// route returns a route or route6 object as a row.
func (o *rpslObject) route() (row datasets.IRRRoute, err error) {
	if o.tooLong {
		return row, fmt.Errorf("%w: attributes that are used have more than %d bytes", errLongObject, maxAttributes)
	}
	text := o.first(o.class)
	prefix, err := netip.ParsePrefix(text)
	if err != nil || prefix != prefix.Masked() || prefix.Addr().Is4In6() || prefix.Addr().Is4() != (o.class == "route") {
		return row, fmt.Errorf("%w %.60q of a %s object", errRoutePrefix, text, o.class)
	}
	origin, err := parseASN(o.first("origin"))
	if err != nil {
		return row, fmt.Errorf("%w of %s: %w", errRouteOrigin, prefix, err)
	}
	source := strings.ToUpper(o.first("source"))
	if source == "" {
		return row, fmt.Errorf("%w: the object of %s does not say which registry holds it", errRouteSource, prefix)
	}
	return datasets.IRRRoute{Source: source, Family: netaddr.Family(prefix.Addr()), Prefix: prefix.String(), PrefixLength: uint32(prefix.Bits()), OriginASN: origin,
		MntBy: o.list("mnt-by"), MemberOf: o.list("member-of"), Created: logTime(o.first("created")), LastModified: logTime(o.first("last-modified"))}, nil
}
