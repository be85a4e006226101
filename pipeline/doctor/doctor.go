// Package doctor examines whether Tidemark can run on a machine for years.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/dustin/go-humanize"

	"tidemark/internal/fetch"
	"tidemark/internal/machine"
	"tidemark/internal/quantity"
	"tidemark/pipeline/journal"
)

// States of a finding.
const (
	OK      = "ok"
	Warning = "warning" // works, but perhaps not for long
	Bad     = "bad"     // does not work
	Skipped = "skipped"
)

// Finding is the result of one check.
type Finding struct {
	Item   string `json:"item"`
	State  string `json:"state"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

// Patient is the machine as Tidemark uses it.
type Patient struct {
	Data   string   // data folder
	Hosts  []string // URLs of the sources, one for each host
	Client *fetch.Client
	Now    time.Time
	Built  time.Time // when the program was built; the clock must not be earlier
	Newest time.Time // when the newest file of the archive was fetched; likewise
	Budget int64     // bytes that a run may fetch; 0: no limit
}

const (
	minBytes      = 2 << 30 // for datasets, answers and two versions of a site
	minInodes     = 100_000
	minMemory     = 1 << 30
	maxClockError = 2 * time.Minute // of a clock
)

// Local makes the checks that need no network.
func Local(p Patient) []Finding {
	return slices.Concat(p.writes(), p.disk(), p.memory(), p.clock(), versions())
}

// Online looks each host up, and sends it a HEAD request if its robots.txt allows. It sends nothing to other hosts.
func Online(ctx context.Context, p Patient) (found []Finding) {
	found = append(found, ipv6(p))
	for _, address := range p.Hosts {
		found = append(found, p.host(ctx, address)...)
	}
	return found
}

// existing returns the nearest parent of dir, or dir itself, that exists.
func existing(dir string) string {
	dir, err := filepath.Abs(dir)
	for ; err == nil; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == filepath.Dir(dir) {
			break
		}
	}
	return dir
}

// writes checks that a file, a hard link and a symbolic link can be made, as publishing needs.
func (p Patient) writes() []Finding {
	dir := existing(p.Data)
	f := Finding{Item: "data folder", Remedy: "let the user that runs Tidemark write there, or choose another folder with --data"}
	temp, err := os.MkdirTemp(dir, ".doctor-")
	if err != nil {
		f.State, f.Text = Bad, err.Error()
		return []Finding{f}
	}
	defer os.RemoveAll(temp)
	name := filepath.Join(temp, "file")
	if err := os.WriteFile(name, []byte("x"), 0o644); err != nil {
		f.State, f.Text = Bad, err.Error()
		return []Finding{f}
	}
	if err := os.Symlink("file", name+".link"); err != nil {
		f.State, f.Text, f.Remedy = Bad, err.Error(), "put the data on a file system with symbolic links: publishing the site switches one"
		return []Finding{f}
	}
	if err := os.Link(name, name+".hard"); err != nil {
		f.State, f.Text, f.Remedy = Warning, err.Error(), "without hard links, every version of the site is a full copy"
		return []Finding{f}
	}
	return []Finding{{Item: f.Item, State: OK, Text: dir + " can be written to"}}
}

func (p Patient) disk() []Finding {
	disk, err := DiskOf(existing(p.Data))
	if err != nil {
		return []Finding{{Item: "disk space", State: Skipped, Text: err.Error()}}
	}
	space := Finding{Item: "disk space", State: OK, Text: fmt.Sprintf("%s of %s are free", quantity.ShortBytes(disk.FreeBytes), quantity.ShortBytes(disk.Bytes))}
	switch need := max(minBytes, 2*p.Budget); {
	case disk.FreeBytes < minBytes/4:
		space.State, space.Remedy = Bad, "free some space; [archive] keep and bytes remove old raw files"
	case disk.FreeBytes < need:
		space.State, space.Remedy = Warning, fmt.Sprintf("a run needs up to %s; [archive] keep and bytes remove old raw files, [run] bytes limits what a run fetches", quantity.ShortBytes(need))
	}
	inodes := Finding{Item: "inodes", State: OK, Text: "the file system has no fixed number of them"}
	if disk.Inodes > 0 {
		inodes.Text = fmt.Sprintf("%s of %s are free", quantity.Count(disk.FreeInodes), quantity.Count(disk.Inodes))
		if disk.FreeInodes < minInodes {
			inodes.State, inodes.Remedy = Warning, "every partition and page is a file: ten years of daily dumps need about 200,000"
		}
	}
	return []Finding{space, inodes}
}

func (p Patient) memory() []Finding {
	total := machine.Memory()
	f := Finding{Item: "memory", State: OK, Text: humanize.IBytes(uint64(total)) + " for this process"}
	switch {
	case total == 0:
		f.State, f.Text = Skipped, "this system does not report it"
	case total < minMemory:
		f.State, f.Remedy = Warning, "decoding two dumps concurrently needs up to 1 GiB"
	}
	return []Finding{f}
}

func (p Patient) clock() []Finding {
	f := Finding{Item: "clock", State: OK, Text: p.Now.UTC().Format(time.RFC3339) + " is plausible"}
	for _, past := range []struct {
		what string
		at   time.Time
	}{{"the program was built", p.Built}, {"the newest file was fetched", p.Newest}} {
		if p.Now.Before(past.at.Add(-maxClockError)) {
			f.State, f.Remedy = Bad, "set the clock; run chrony or systemd-timesyncd"
			f.Text = fmt.Sprintf("%s is before %s, when %s", p.Now.UTC().Format(time.RFC3339), past.at.UTC().Format(time.RFC3339), past.what)
		}
	}
	return []Finding{f}
}

func versions() []Finding {
	text := runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				text += ", revision " + s.Value
			}
		}
	}
	return []Finding{{Item: "program", State: OK, Text: text}}
}

// ipv6 reports whether the machine has an address of global scope. It sends no packet.
func ipv6(p Patient) Finding {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return Finding{Item: "IPv6", State: Skipped, Text: err.Error()}
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() == nil && n.IP.IsGlobalUnicast() && !n.IP.IsPrivate() {
			return Finding{Item: "IPv6", State: OK, Text: n.IP.String()}
		}
	}
	return Finding{Item: "IPv6", State: Warning, Text: "the machine has no global IPv6 address", Remedy: "probes from here cannot test IPv6; see tidemark probe self"}
}

// host looks a host up, sends it a HEAD request, and compares its clock with ours.
func (p Patient) host(ctx context.Context, address string) (found []Finding) {
	u, err := url.Parse(address)
	if err != nil {
		return []Finding{{Item: address, State: Bad, Text: err.Error()}}
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, u.Hostname())
	if err != nil {
		return []Finding{{Item: "DNS of " + u.Hostname(), State: Bad, Text: err.Error(), Remedy: "check /etc/resolv.conf and the name in the configuration"}}
	}
	found = append(found, Finding{Item: "DNS of " + u.Hostname(), State: OK, Text: fmt.Sprintf("%d addresses", len(addresses))})
	begun := time.Now()
	head, err := p.Client.Head(ctx, address)
	took := time.Since(begun)
	if errors.Is(err, fetch.ErrRobots) { // whether that harms a source, the source tells
		return append(found, Finding{Item: u.Host, State: OK, Text: "answered with a robots.txt that forbids " + u.Path})
	}
	if err != nil {
		return append(found, Finding{Item: u.Host, State: Bad, Text: err.Error(), Remedy: "check the network, a proxy (HTTPS_PROXY) and the firewall"})
	}
	found = append(found, Finding{Item: u.Host, State: OK, Text: fmt.Sprintf("answered %d in %d ms", head.Status, took.Milliseconds())})
	if !head.Date.IsZero() {
		off := p.Now.Sub(head.Date)
		f := Finding{Item: "clock by " + u.Host, State: OK, Text: "within two minutes"}
		if off = time.Duration(math.Abs(float64(off))); off > maxClockError {
			f.State, f.Text, f.Remedy = Warning, "differs by "+off.Round(time.Second).String(), "set the clock; run chrony or systemd-timesyncd"
		}
		found = append(found, f)
	}
	return found
}

// ErrUnsupported is returned on systems that are not asked about their disks.
var ErrUnsupported = errors.New("disk space is not known on this system")

// DiskOf returns size and free space of a folder's file system.
func DiskOf(dir string) (journal.Disk, error) { return diskOf(dir) }
