// Package doctor looks at a machine: whether Tidemark can live on it for years.
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
	"tidemark/internal/quantity"
	"tidemark/pipeline/journal"
)

// States of a finding.
const (
	OK      = "ok"
	Warning = "warning" // works, and may not for long
	Bad     = "bad"     // does not work
	Skipped = "skipped"
)

// Finding is what was seen of one thing.
type Finding struct {
	Item   string `json:"item"`
	State  string `json:"state"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

// Patient is the machine as Tidemark would use it.
type Patient struct {
	Data   string   // folder
	Hosts  []string // URLs of the sources, one for each host
	Client *fetch.Client
	Now    time.Time
	Built  time.Time // when the program was built; the clock cannot be before
	Newest time.Time // the newest time that something in the archive was fetched at; nor before this
	Budget int64     // bytes that a run may bring; 0: no bound
}

const (
	leastBytes  = 2 << 30 // for datasets, answers and two versions of a site
	leastInodes = 100_000
	leastMemory = 1 << 30
	mostOff     = 2 * time.Minute // a clock may be wrong by
)

// Local looks at everything that needs no network.
func Local(p Patient) []Finding {
	return slices.Concat(p.writes(), p.disk(), p.memory(), p.clock(), versions())
}

// Online asks for the name and the first line of each host, by HEAD requests to it and to nobody else.
func Online(ctx context.Context, p Patient) (found []Finding) {
	found = append(found, ipv6(p))
	for _, address := range p.Hosts {
		found = append(found, p.host(ctx, address)...)
	}
	return found
}

// existing is the nearest folder that is there.
func existing(dir string) string {
	dir, err := filepath.Abs(dir)
	for ; err == nil; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == filepath.Dir(dir) {
			break
		}
	}
	return dir
}

// writes makes a file, a hard link and a symbolic link: what publishing needs.
func (p Patient) writes() []Finding {
	dir := existing(p.Data)
	f := Finding{Item: "data folder", Remedy: "give the user that runs Tidemark the right to write there, or another folder with --data"}
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
		f.State, f.Text, f.Remedy = Bad, err.Error(), "put the data on a file system that has symbolic links: the site is switched by one"
		return []Finding{f}
	}
	if err := os.Link(name, name+".hard"); err != nil {
		f.State, f.Text, f.Remedy = Warning, err.Error(), "without hard links every version of the site is written as a whole"
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
	switch need := max(leastBytes, 2*p.Budget); {
	case disk.FreeBytes < leastBytes/4:
		space.State, space.Remedy = Bad, "make room; [archive] keep and bytes clear raw files away"
	case disk.FreeBytes < need:
		space.State, space.Remedy = Warning, fmt.Sprintf("a run should find %s; [archive] keep and bytes clear raw files away, [run] bytes brings less at once", quantity.ShortBytes(need))
	}
	inodes := Finding{Item: "inodes", State: OK, Text: "the file system has no fixed number"}
	if disk.Inodes > 0 {
		inodes.Text = fmt.Sprintf("%s of %s are free", quantity.Count(disk.FreeInodes), quantity.Count(disk.Inodes))
		if disk.FreeInodes < leastInodes {
			inodes.State, inodes.Remedy = Warning, "every partition and page is a file: ten years of daily dumps are some 200,000"
		}
	}
	return []Finding{space, inodes}
}

func (p Patient) memory() []Finding {
	total := memory()
	f := Finding{Item: "memory", State: OK, Text: humanize.IBytes(uint64(total)) + " in the machine"}
	switch {
	case total == 0:
		f.State, f.Text = Skipped, "this system does not tell"
	case total < leastMemory:
		f.State, f.Remedy = Warning, "two dumps that are decoded side by side take up to 1 GiB"
	}
	return []Finding{f}
}

func (p Patient) clock() []Finding {
	f := Finding{Item: "clock", State: OK, Text: p.Now.UTC().Format(time.RFC3339) + " is plausible"}
	for _, past := range []struct {
		what string
		at   time.Time
	}{{"the program was built", p.Built}, {"the newest file was fetched", p.Newest}} {
		if p.Now.Before(past.at.Add(-mostOff)) {
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

// ipv6 tells whether there is an address of global scope; no packet is sent.
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
	return Finding{Item: "IPv6", State: Warning, Text: "the machine has no global IPv6 address", Remedy: "probes from here will tell nothing of IPv6; tidemark probe self tells more"}
}

// host looks a host up, asks it, and compares its clock with ours.
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
	date, status, err := p.Client.Head(ctx, address)
	took := time.Since(begun)
	if err != nil {
		return append(found, Finding{Item: u.Host, State: Bad, Text: err.Error(), Remedy: "check the network, a proxy (HTTPS_PROXY) and the firewall"})
	}
	found = append(found, Finding{Item: u.Host, State: OK, Text: fmt.Sprintf("answered %d in %d ms", status, took.Milliseconds())})
	if !date.IsZero() {
		off := p.Now.Sub(date)
		f := Finding{Item: "clock by " + u.Host, State: OK, Text: "within two minutes"}
		if off = time.Duration(math.Abs(float64(off))); off > mostOff {
			f.State, f.Text, f.Remedy = Warning, "differs by "+off.Round(time.Second).String(), "set the clock; run chrony or systemd-timesyncd"
		}
		found = append(found, f)
	}
	return found
}

// ErrUnsupported says that this system does not tell about its disks.
var ErrUnsupported = errors.New("this system does not tell")

// DiskOf is the file system of a folder.
func DiskOf(dir string) (journal.Disk, error) { return diskOf(dir) }
