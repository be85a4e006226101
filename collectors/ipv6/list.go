package ipv6

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// listed is a domain of a list.
type listed struct {
	rank   uint32
	domain string // in A-labels, without a final dot
}

// list is a domain list with the name that rows carry.
type list struct {
	id      string
	domains []listed
}

// readList reads a domain, or rank,domain, a line (Tranco's form). Lines that begin with # are left out.
func readList(path string, limit int) (list, error) {
	l := list{id: filepath.Base(path)}
	f, err := os.Open(path)
	if err != nil {
		return l, err
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	seen := map[string]bool{}
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSpace(in.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		var d listed
		if rank, rest, ok := strings.Cut(line, ","); ok {
			r, err := strconv.ParseUint(rank, 10, 32)
			if err != nil {
				return l, fmt.Errorf("%s: line %d: rank %q", path, n, rank)
			}
			d.rank, line = uint32(r), rest
		}
		name, err := idna.Lookup.ToASCII(strings.TrimSuffix(strings.TrimSpace(line), "."))
		if err != nil {
			return l, fmt.Errorf("%s: line %d: %q is no domain: %w", path, n, line, err)
		}
		d.domain = strings.ToLower(name)
		if seen[d.domain] {
			continue
		}
		seen[d.domain] = true
		if l.domains = append(l.domains, d); limit > 0 && len(l.domains) == limit {
			break
		}
	}
	if len(l.domains) == 0 && in.Err() == nil {
		return l, fmt.Errorf("%s: no domain in the list", path)
	}
	return l, in.Err()
}
