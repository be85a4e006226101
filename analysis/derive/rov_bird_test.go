package derive

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/collectors/registry"
	"tidemark/collectors/routes"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
)

// pair is what RFC 6811 judges. Origin 0 is its NONE: the path ends in an AS_SET, so no VRP can match. BIRD is asked
// with AS 0, which matches nothing either.
type pair struct {
	prefix netip.Prefix
	origin uint32
}

// birds is how many sessions ask at once: where the machine is busy, each waits long for its turn.
const birds = 8

// bird is a session that answers roa_check over BIRD's control socket.
type bird struct {
	net.Conn
	answers *bufio.Reader
	command []byte
}

// startBIRD runs BIRD with nothing but the ROA tables r4 and r6.
func startBIRD(t *testing.T, roas [2][]string) (all [birds]*bird) {
	program := testkit.Need(t, "bird")
	conf := []byte("router id 10.0.0.1;\n")
	for i, family := range []int{4, 6} {
		conf = fmt.Appendf(conf, `roa%[1]d table r%[1]d;
protocol static s%[1]d { roa%[1]d { table r%[1]d; };
%[2]s}
function q%[1]d(prefix p; int a) {
	case roa_check(r%[1]d, p, a) { ROA_UNKNOWN: return 1; ROA_INVALID: return 2; ROA_VALID: return 3; }
	return 0;
}
`, family, strings.Join(roas[i], ""))
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bird.conf"), conf, 0o644); err != nil {
		t.Fatal(err)
	}
	c := testkit.Server(program, "-f", "-c", "bird.conf", "-s", "bird.sock", "-P", "bird.pid")
	c.Dir, c.Stdout, c.Stderr = dir, t.Output(), t.Output()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	for i := range all {
		b := &bird{}
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			var err error
			if b.Conn, err = net.Dial("unix", filepath.Join(dir, "bird.sock")); err == nil {
				break
			}
			if time.Now().After(end) {
				t.Fatal(err)
			}
		}
		t.Cleanup(func() { b.Close() })
		b.SetDeadline(time.Now().Add(5 * time.Minute))
		b.answers = bufio.NewReader(b)
		if _, err := b.answer(); err != nil { // its greeting
			t.Fatal(err)
		}
		all[i] = b
	}
	b := all[0]
	for i, family := range []int{4, 6} {
		for whole := fmt.Sprintf("1007-%[1]d of %[1]d routes ", len(roas[i])); ; time.Sleep(10 * time.Millisecond) {
			fmt.Fprintf(b, "show route table r%d count\n", family)
			count, err := b.answer()
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(count, whole) {
				break
			}
		}
	}
	return all
}

// answer reads lines as far as the one with a blank behind its code, which is the last.
func (b *bird) answer() (text string, err error) {
	for {
		line, err := b.answers.ReadString('\n')
		if err != nil {
			return text, err
		}
		if text += line; len(line) > 4 && line[0] != ' ' && line[4] == ' ' {
			return strings.TrimSpace(text), nil
		}
	}
}

// maxPairs is how many pairs one question asks about, with two bits of the answer each. maxCommand is the longest question, in
// bytes: BIRD hangs up on a client that sends a kilobyte at once.
const (
	maxPairs   = 15
	maxCommand = 900
)

var birdStates = [4]string{"no answer", "not-found", "invalid", "valid"}

// check returns the states of the first pairs, as many as fit into one command.
func (b *bird) check(pairs []pair) (states []string, err error) {
	b.command = append(b.command[:0], "eval 0"...)
	n := 0
	for i, p := range pairs {
		if i == maxPairs || len(b.command) > maxCommand {
			break
		}
		n++
		b.command = fmt.Appendf(b.command, "+%d*q", 1<<(2*i))
		if p.prefix.Addr().Is4() {
			b.command = append(b.command, "4("...)
		} else {
			b.command = append(b.command, "6("...)
		}
		b.command = p.prefix.AppendTo(b.command)
		b.command = append(b.command, ',')
		b.command = strconv.AppendUint(b.command, uint64(p.origin), 10)
		b.command = append(b.command, ')')
	}
	b.command = append(b.command, '\n')
	if _, err := b.Write(b.command); err != nil {
		return nil, err
	}
	answer, err := b.answer()
	if err != nil {
		return nil, err
	}
	number, ok := strings.CutPrefix(answer, "0023 ")
	bits, err := strconv.ParseUint(number, 10, 32)
	if !ok || err != nil {
		return nil, fmt.Errorf("BIRD answers %q to %s", answer, b.command)
	}
	for i := range n {
		states = append(states, birdStates[bits>>(2*i)&3])
	}
	return states, nil
}

// realPayloads reads the payloads of January 2018 twice: by the collector for our validator, and as plain JSON for BIRD.
func realPayloads(t *testing.T) (v *validator, roas [2][]string, own []pair) {
	path := testkit.Data(t, "rpki/validator3-roas.201801.json.gz")
	store := tables.Store(t)
	v, err := readValidator(store, []*table.Manifest{decode(t, store, registry.ROAs{}, path, date("2018-01-31"))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	v.anchors = allAnchors
	var file struct {
		Data []struct {
			ASN       uint32 `json:"asn,string"`
			Prefix    string `json:"prefix"`
			MaxLength int    `json:"maxLength"`
		} `json:"data"`
	}
	if err := json.NewDecoder(unpack(t, path)).Decode(&file); err != nil {
		t.Fatal(err)
	}
	for _, p := range file.Data {
		prefix := netip.MustParsePrefix(p.Prefix)
		i := 0
		if prefix.Addr().Is6() {
			i = 1
		}
		roas[i] = append(roas[i], fmt.Sprintf("route %s max %d as %d;\n", p.Prefix, p.MaxLength, p.ASN))
		own = append(own, pair{prefix, p.ASN})
		for bits := max(p.MaxLength, 1) - 1; bits <= min(p.MaxLength+1, prefix.Addr().BitLen()); bits++ {
			own = append(own, pair{netip.PrefixFrom(prefix.Addr(), bits).Masked(), p.ASN})
		}
	}
	return v, roas, own
}

func unpack(t *testing.T, path string) io.Reader {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// pfx2as reads CAIDA's prefix-to-AS table: _ stands between several origins, a comma between the members of an AS_SET.
func pfx2as(t *testing.T, name string) (pairs []pair) {
	lines := bufio.NewScanner(unpack(t, testkit.Data(t, "asn/pfx2as/"+name)))
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		prefix := netip.MustParsePrefix(fields[0] + "/" + fields[1])
		for origin := range strings.SplitSeq(fields[2], "_") {
			p := pair{prefix: prefix}
			if !strings.Contains(origin, ",") {
				n, err := strconv.ParseUint(origin, 10, 32)
				if err != nil {
					t.Fatal(err)
				}
				p.origin = uint32(n)
			}
			pairs = append(pairs, p)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return pairs
}

// jinx reads the table of JINX, 2014-05-30.
func jinx(t *testing.T) (pairs []pair) {
	store := tables.Store(t)
	into := decode(t, store, routes.MRT{}, testkit.Data(t, "mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2"), time.Time{})
	if into.Dataset != datasets.Routes.Schema.Name {
		t.Fatalf("the first dataset of a dump is %s", into.Dataset)
	}
	for row, err := range datasets.Routes.Scan(store.Path(into)) {
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, pair{netip.MustParsePrefix(row.Prefix), row.OriginASN})
	}
	return pairs
}

// TestValidateLikeBIRD judges every (prefix, origin) of real tables by 31,898 real payloads, and around each payload, where
// lengths change sides. BIRD knows the three states of RFC 6811 section 2; why a pair is invalid is ours to tell.
func TestValidateLikeBIRD(t *testing.T) {
	t.Parallel()
	v, roas, own := realPayloads(t)
	all := startBIRD(t, roas)
	for _, c := range []struct {
		table string
		pairs []pair
	}{
		{"the payloads' own", own}, {"JINX 2014", jinx(t)},
		{"pfx2as 2020 IPv4", pfx2as(t, "RouteViewIPv4.pfx2as.gz")}, {"pfx2as 2020 IPv6", pfx2as(t, "RouteViewIPv6.pfx2as.gz")},
	} {
		var counts sync.Map // by state
		var differ atomic.Int64
		from := time.Now()
		var group errgroup.Group
		share := (len(c.pairs) + birds - 1) / birds
		for i, b := range all {
			rest := c.pairs[min(i*share, len(c.pairs)):min((i+1)*share, len(c.pairs))]
			group.Go(func() error {
				for len(rest) > 0 {
					states, err := b.check(rest)
					if err != nil {
						return err
					}
					for i, p := range rest[:len(states)] {
						got, _ := v.validate(p.prefix, p.origin, "")
						n, _ := counts.LoadOrStore(got, new(atomic.Int64))
						n.(*atomic.Int64).Add(1)
						if state, _, _ := strings.Cut(got, "-o"); state != states[i] && !(states[i] == "invalid" && got == "invalid-length") {
							if differ.Add(1) < 10 {
								t.Errorf("%s: %s of AS%d is %s, BIRD says %s", c.table, p.prefix, p.origin, got, states[i])
							}
						}
					}
					rest = rest[len(states):]
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, state := range []string{"valid", "invalid-origin", "invalid-length", "not-found"} {
			if n, ok := counts.Load(state); ok {
				text += fmt.Sprintf(" %s %d", state, n.(*atomic.Int64).Load())
			}
		}
		t.Logf("%s: %d pairs, %d differ;%s; in %v", c.table, len(c.pairs), differ.Load(), text, time.Since(from).Round(time.Millisecond))
	}
}
