package attack

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// bomb returns the gzip of a text that is repeated up to n bytes.
func bomb(n int, text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	block := bytes.Repeat([]byte(text), (1<<20)/len(text))
	for range n / len(block) {
		z.Write(block)
	}
	z.Close()
	return b.String()
}

// zipped returns a zip of files.
func zipped(names ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		w, _ := z.Create(name)
		w.Write([]byte(list))
	}
	z.Close()
	return b.String()
}

// record returns an MRT record that claims a length.
func record(kind, subtype uint16, length uint32, body string) string {
	head := binary.BigEndian.AppendUint32(nil, 1_764_000_000)
	head = binary.BigEndian.AppendUint16(head, kind)
	head = binary.BigEndian.AppendUint16(head, subtype)
	return string(binary.BigEndian.AppendUint32(head, length)) + body
}

// files are hostile local files of each kind, which the program collects beside the healthy source.
func files() (all []attack) {
	deep := strings.Repeat("[", 5_000_000)
	laughs := `<!DOCTYPE r [<!ENTITY a "` + strings.Repeat("x", 1000) + `"><!ENTITY b "` + strings.Repeat("&a;", 1000) + `"><!ENTITY c "` + strings.Repeat("&b;", 1000) + `">]><registry>&c;</registry>`
	entity := `<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><registry>&a;</registry>`
	for _, a := range []struct {
		kind, does, name, content string
		rows                      int64
		more                      int // bytes after the content
	}{
		{"bogon-list", "gzip that is cut", "x.txt.gz", bomb(1<<20, "10.0.0.0/8\n")[:100], 0, 0},
		{"bogon-list", "gzip in a gzip", "x.txt.gz", bomb(1<<20, bomb(1<<20, "x")), 0, 0},
		{"bogon-list", "bzip2 of nonsense", "x.txt.bz2", "BZh9" + strings.Repeat("\xff", 1000), 0, 0},
		{"bogon-list", "xz of nonsense", "x.txt.xz", "\xfd7zXZ\x00" + strings.Repeat("\xff", 1000), 0, 0},
		{"bogon-list", "zstd with a window of 2 GB", "x.txt.zst", "\x28\xb5\x2f\xfd\x00\xa8" + strings.Repeat("\xff", 1000), 0, 0},
		{"bogon-list", "zip whose file leads out", "x.zip", zipped("../../outside/precious.parquet"), anyRows, 0},
		{"bogon-list", "zip of two files", "x.zip", zipped("a", "b"), anyRows, 0},
		{"bogon-list", "zip of 10,000 names", "x.zip", zipped(strings.Split(strings.Repeat("a ", 10_000), " ")...), anyRows, 0},
		{"bogon-list", "zip without a directory", "x.zip", zipped("a")[:30], 0, 0},
		{"bogon-list", "a name with control characters", "\x1b[2Jx.txt", list, goodRows, 0},
		{"bogon-list", "a name of 255 bytes", strings.Repeat("x", 251) + ".txt", list, goodRows, 0},
		{"bogon-list", "a name with markup", "<script>.txt", list, goodRows, 0},
		{"bogon-list", "a name like a note", "x.meta.json", list, goodRows, 0},
		{"bogon-list", "a name that begins with a dot", ".tmp-x", list, goodRows, 0},
		{"bogon-list", "a name that is not UTF-8", "\xff\xfe.txt", list, goodRows, 0},
		{"bogon-list", "a line of 40 MB", "x.txt", "", 0, 40 << 20},
		{"bogon-list", "a good row among a million bad ones", "x.txt", "10.0.0.0/8\n" + strings.Repeat("x\n", 1_000_000), 1, 0},
		{"roas", "depth", "x.json", `{"roas":` + deep, 0, 0},
		{"roas", "a text of 100 MB", "x.json", `{"roas":[{"asn":1,"prefix":"192.0.2.0/24","maxLength":24,"ta":"`, 0, 100 << 20},
		{"roas", "numbers of a million digits", "x.json", `{"roas":[{"asn":` + strings.Repeat("9", 1_000_000) + `,"prefix":"192.0.2.0/24"}]}`, 0, 0},
		{"roas", "the same key twice", "x.json", `{"roas":[],"roas":[{"asn":1,"prefix":"192.0.2.0/24","maxLength":24,"ta":"x"}]}`, anyRows, 0},
		{"roas", "a good row before a torn one", "x.json", `{"roas":[{"asn":1,"prefix":"192.0.2.0/24","maxLength":24,"ta":"x"},{"asn":`, 1, 0},
		{"roas", "a quoted field of 100 MB", "x.csv", "ASN,IP Prefix,Max Length,Trust Anchor\nAS1,192.0.2.0/24,24,\"", anyRows, 100 << 20},
		{"roas", "AS numbers and lengths out of range", "x.csv", "ASN,IP Prefix,Max Length,Trust Anchor\nAS4294967296,192.0.2.0/24,24,x\nAS1,192.0.2.0/33,24,x\nAS1,192.0.2.0/24,-1,x\nAS1,192.0.2.0/24,24,x\n", 1, 0},
		{"slurm", "depth", "x.json", `{"slurmVersion":` + deep, 0, 0},
		{"slurm", "version 10^30", "x.json", `{"slurmVersion":1e30,"validationOutputFilters":{},"locallyAddedAssertions":{}}`, 0, 0},
		{"as-names", "depth", "x.json", `{"1":` + deep, 0, 0},
		{"as-names", "markup and formulas", "x.txt", "1 <script>alert(1)</script>, XX\n2 =cmd|x\n", 2, 0},
		{"as-orgs", "markup and formulas", "x.txt", "# format:aut|org_id\n1|=cmd\n2|<script>alert(1)</script>\n", 2, 0},
		{"as-orgs", "depth", "x.json", `{"asn":` + deep, 0, 0},
		{"irr-routes", "a value of 100 MB", "x.db", "route: 192.0.2.0/24\norigin: AS1\nsource: X\n\nroute: 192.0.2.0/24\nmnt-by: ", 1, 100 << 20},
		{"irr-routes", "a million empty objects", "x.db", "route: 192.0.2.0/24\norigin: AS1\nsource: X\n\n" + strings.Repeat("route:\n\n", 1_000_000), 1, 0},
		{"as-numbers", "a billion laughs", "x.xml", laughs, 0, 0},
		{"as-numbers", "an external entity", "x.xml", entity, 0, 0},
		{"as-numbers", "depth", "x.xml", strings.Repeat("<registry>", 500_000), 0, 0},
		{"iana-registry", "a billion laughs", "x.xml", laughs, 0, 0},
		{"iana-registry", "depth", "x.xml", strings.Repeat("<registry>", 500_000), 0, 0},
		{"iana-registry", "a field of 50 MB", "x.csv", "Value,Name,Reference\n1,\"", 0, 50 << 20},
		{"address-space", "a billion laughs", "x.xml", laughs, 0, 0},
		{"address-space", "an external entity", "x.xml", entity, 0, 0},
		{"address-space", "a field of 50 MB", "x.csv", "Prefix,Designation,Date,WHOIS,RDAP,Status [1],Note\n000/8,\"", 0, 50 << 20},
		{"special-prefixes", "a field of 50 MB", "x.csv", "Address Block,Name\n\"", 0, 50 << 20},
		{"delegations", "counts that overflow", "x.txt", "2|ripencc|20261101|1|19830101|20261101|+0000\nripencc|XX|ipv4|255.255.255.0|99999999999|20260101|allocated|x\n", anyRows, 0},
		{"delegations", "a line of 10 MB", "x.txt", "2|ripencc|20261101|1|19830101|20261101|+0000\n" + strings.Repeat("|", 10<<20), anyRows, 0},
		{"transfers", "depth", "x.json", `{"version":{"producer":"ARIN"},"transfers":` + deep, 0, 0},
		{"transfers", "a name of 60 MB", "x.json", `{"version":{"producer":"ARIN"},"transfers":[{"type":"`, 0, 60 << 20},
		{"rfc-index", "a billion laughs", "x.xml", strings.ReplaceAll(laughs, "registry", "rfc-index"), 0, 0},
		{"rfc-index", "depth in XML", "x.xml", "<rfc-index>" + strings.Repeat("<rfc-entry>", 500_000), 0, 0},
		{"rfc-index", "depth in JSON", "x.json", `{"rfcs":` + deep, 0, 0},
		{"rfc-index", "RFC 0", "x.txt", "0000 000\"\".(000. January 2000.\n", anyRows, 0},
		{"rfc-errata", "depth", "x.json", deep, 0, 0},
		{"rfc-errata", "a text of 60 MB", "x.json", `[{"errata_id":"1","notes":"`, 0, 60 << 20},
		{"rfc-errata", "a good record before nonsense", "x.json", `[{"errata_id":"1","doc-id":"RFC1","errata_status_code":"Verified","errata_type_code":"Technical"},x`, 1, 0},
		{"rfc-texts", "20 MB", "rfc1.txt", "1.  Rules\n\n", 0, 20 << 20},
		{"rfc-texts", "form feeds", "rfc1.txt", strings.Repeat("\f", 1<<20), anyRows, 0},
		{"datatracker", "depth", "x.json", deep, 0, 0},
		{"draft-milestones", "depth", "x.json", deep, 0, 0},
		{"google-ipv6", "dates out of range", "x.csv", "9999999999,0,1,1,1\n-1,-1,-1,NaN,Inf\n", 0, 0},
		{"google-ipv6", "depth in the map", "x.js", "[\"FR\"," + strings.Repeat("[", 4000) + "\n", 0, 0},
		{"apnic-ipv6", "depth", "x.json", deep, 0, 0},
		{"apnic-ipv6", "a text of 60 MB", "x.json", `{"data":[{"date":"`, 0, 60 << 20},
		{"ipv6-users", "quotes", "x.csv", "publisher,country,day,measure,value,unit\n" + strings.Repeat("\"\n", 100_000), 0, 0},
		{"ipv6-site-survey", "numbers that overflow", "x.csv", "# n; site name\n99999999999999999999;x;yes;yes;-1;99999999999\n", anyRows, 0},
		{"prefix-origins", "a set of a million origins", "x.txt", "192.0.2.0\t24\t" + strings.Repeat("1,", 1_000_000) + "1\n", anyRows, 0},
		{"ipv6-probes", "a domain of 70 MB", "x.json", `{"tidemark_probe":2,"run":"x"}` + "\n" + `{"domain":"`, anyRows, 70 << 20},
		{"ipv6-probes", "depth", "x.json", `{"tidemark_probe":2,"run":` + deep, anyRows, 0},
		{"ipv6-vantage", "depth", "x.json", deep, anyRows, 0},
	} {
		all = append(all, attack{name: "file/" + a.kind + ": " + a.does, rows: a.rows, arrange: func(s *scene) {
			s.write(filepath.Join("files", a.name), a.content+strings.Repeat("x", a.more))
			keys := "urls = [\"file:files/*\"]\ndate = \"2026-11-20\""
			if a.name[0] == '.' {
				keys = "urls = [\"file:files/.*x\"]\ndate = \"2026-11-20\""
			}
			switch a.kind {
			case "ipv6-probes", "ipv6-vantage": // they are imported
				s.args = []string{"import", a.kind, "-c", "tidemark.toml", "-d", "data", "--collector", "evil", "--date", "2026-11-20", filepath.Join("files", a.name)}
				s.healthy = false
			default:
				s.source("evil", a.kind, keys)
			}
		}})
	}
	for does, text := range inOrder([]named[string]{{"zeros", "\x00"}, {"lines", "#\n"}}) {
		all = append(all, attack{name: "bomb/gzip of 1 GB of " + does, rows: 0, arrange: func(s *scene) {
			s.write("files/x.txt.gz", bomb(1<<30, text))
			s.source("evil", "bogon-list", "urls = [\"file:files/*\"]\ndate = \"2026-11-20\"")
		}})
	}
	peers := record(13, 1, 12, "\x01\x02\x03\x04\x00\x00\xff\xff\x00\x00\x00\x00")
	for does, content := range inOrder([]named[string]{
		{"a record of 4 GB", record(13, 2, 0xffffffff, "x")},
		{"a record of 0 bytes", record(13, 2, 0, "")},
		{"65,535 peers in 12 bytes", peers},
		{"a table without peers", record(13, 2, 20, strings.Repeat("\x00", 20))},
		{"a prefix of 255 bits", record(13, 2, 20, "\x00\x00\x00\x00\xff"+strings.Repeat("\xff", 15))},
		{"a million unknown records", strings.Repeat(record(999, 0, 1, "x"), 1_000_000)},
		{"attributes longer than the record", record(13, 2, 20, "\x00\x00\x00\x00\x08\x0a\x00\x01\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x00\x00")},
		{"BGP4MP of half a message", record(16, 4, 22, strings.Repeat("\x00", 22))},
		{"zeros", strings.Repeat("\x00", 1<<20)},
		{"gzip of 64 MB of zeros", bomb(64<<20, "\x00")},
	}) {
		all = append(all, attack{name: "mrt file/" + does, rows: anyRows, arrange: func(s *scene) {
			s.write("files/rib.20261101.0000", content)
			s.source("evil", "mrt", "urls = [\"file:files/*\"]\ndate = \"2026-11-20\"")
		}})
		for _, verb := range []string{"dump", "stat"} {
			all = append(all, attack{name: "mrt " + verb + "/" + does, rows: anyRows, codes: []int{0, 1, 3}, arrange: func(s *scene) {
				s.write("files/rib.20261101.0000", content)
				s.args, s.healthy = []string{"mrt", verb, "files/rib.20261101.0000"}, false
			}})
		}
	}
	for does, content := range inOrder([]named[string]{
		{"a message of 4 GB", "\x03\xff\xff\xff\xff\x00"},
		{"a message of 0 bytes", "\x03\x00\x00\x00\x00\x00"},
		{"statistics with 2^32 counters", "\x03\x00\x00\x00\x34\x01" + strings.Repeat("\x00", 42) + "\xff\xff\xff\xff"},
		{"a capture with packets of 4 GB", "\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + strings.Repeat("\x00", 8) + "\xff\xff\xff\xff\x01\x00\x00\x00" + strings.Repeat("\xff", 16)},
	}) {
		all = append(all, attack{name: "bmp/" + does, rows: anyRows, codes: []int{0, 1, 3}, arrange: func(s *scene) {
			s.write("files/stream.bmp", content)
			s.args, s.healthy = []string{"mrt", "dump", "files/stream.bmp"}, false
		}})
	}
	all = append(all, attack{name: "local/a pipe that nobody writes to", rows: 0, arrange: func(s *scene) {
		s.must(os.Mkdir(filepath.Join(s.root, "files"), 0o755))
		s.must(exec.Command("mkfifo", filepath.Join(s.root, "files", "x")).Run())
		s.before = s.outside()
		s.source("evil", "bogon-list", "urls = [\"file:files/*\"]")
	}}, attack{name: "local/a device without end", rows: 0, arrange: func(s *scene) {
		s.source("evil", "bogon-list", "urls = [\"file:///dev/zero\"]")
	}}, attack{name: "local/import of a device without end", rows: 0, arrange: func(s *scene) {
		s.args, s.healthy = []string{"import", "bogon-list", "-c", "tidemark.toml", "-d", "data", "--collector", "evil", "/dev/zero"}, false
	}}, attack{name: "local/a folder", rows: 0, arrange: func(s *scene) {
		s.source("evil", "bogon-list", fmt.Sprintf("urls = [%q]", "file://"+s.root))
	}})
	return all
}
