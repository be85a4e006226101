package operator

import (
	"context"
	"net/netip"
	"strings"
)

// special is a block of the special-purpose registries that is not for the public Internet.
type special struct {
	known bool   // a registry is at hand
	line  string // block, name and document; empty: no block contains the prefix
}

// special returns the longest block of the special-purpose registries that contains a prefix, if it is not globally reachable. The
// registries of the day are asked, or the first after it.
func (v *View) special(ctx context.Context, p netip.Prefix) (s special, err error) {
	family := int64(4)
	if p.Addr().Is6() {
		family = 6
	}
	blocks, err := v.engine.Query(ctx, `WITH files AS (SELECT DISTINCT registry_date FROM special_prefixes WHERE family = $1),
        chosen AS (SELECT coalesce(max(registry_date) FILTER (WHERE registry_date <= $2), min(registry_date)) AS registry_date FROM files)
    SELECT prefix, name, reference, globally_reachable FROM special_prefixes JOIN chosen USING (registry_date) WHERE family = $1 ORDER BY prefix_length DESC, prefix`,
		family, v.Time)
	if err != nil {
		return s, err
	}
	for _, row := range blocks.Rows {
		s.known = true
		block, err := netip.ParsePrefix(row[0].(string))
		if err != nil || block.Bits() > p.Bits() || !block.Contains(p.Addr()) {
			continue
		}
		if row[3].(string) == "false" {
			s.line = strings.Join([]string{block.String(), strings.Trim(row[1].(string), `"`), row[2].(string)}, " ")
		}
		return s, nil
	}
	return s, nil
}
