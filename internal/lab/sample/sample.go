// Package sample makes a small model Internet: raw source files in the formats of the real archives, and DNS and web
// servers on loopback for the probes. It consists of rules and fixed seeds, so that two runs give the same bytes.
// GoBGP's encoder writes the dumps, not the code that reads them.
package sample

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tidemark/internal/atomicfile"

	"github.com/klauspost/compress/gzip"
)

// In each year from firstYear to lastYear every collector has a dump of the first of January.
const (
	firstYear = 2016
	lastYear  = 2025
)

// Write writes the sample's source files and a configuration for them into dir, which it creates if necessary. It does
// not touch files that already have the same content.
func Write(dir string) error {
	files := map[string][]byte{"tidemark.toml": []byte(configuration), "domains.csv": domainList()}
	for year := firstYear; year <= lastYear; year++ {
		at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		for _, c := range routeCollectors() {
			dump, err := c.dump(at)
			if err != nil {
				return err
			}
			files[fmt.Sprintf("mrt/%s/rib.%s.gz", c.name, at.Format("20060102.1504"))] = compressed(dump)
		}
		files[fmt.Sprintf("registry/vrps.%s.json", at.Format("20060102"))] = payloads(year)
		files[fmt.Sprintf("rfc/rfc-index.%s.%s", at.Format(time.DateOnly), indexForm(year))] = index(at)
	}
	for _, c := range routeCollectors() {
		dump, err := c.dump(dayAfter)
		if err != nil {
			return err
		}
		files[fmt.Sprintf("mrt/%s/rib.%s.gz", c.name, dayAfter.Format("20060102.1504"))] = compressed(dump)
		at := time.Date(lastYear, 1, 1, 0, 5, 0, 0, time.UTC)
		updates, err := c.updates(at)
		if err != nil {
			return err
		}
		files[fmt.Sprintf("mrt/%s/updates.%s.gz", c.name, at.Format("20060102.1504"))] = compressed(updates)
	}
	standards, err := standardsFiles()
	if err != nil {
		return err
	}
	for name, content := range standards {
		files["rfc/"+name] = content
	}
	for name, content := range registryFiles() {
		files["registry/"+name] = content
	}
	for name, content := range vantageFiles() {
		files["vantage/"+name] = content
	}
	for name, content := range externalFiles() {
		files["external/"+name] = content
	}
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := atomicfile.Write(path, content); err != nil {
			return err
		}
	}
	return nil
}

// compressed returns gzip without a time or name in its header.
func compressed(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b) // writing to a bytes.Buffer cannot fail
	z.Close()
	return out.Bytes()
}

const configuration = `# The sample: a small model Internet. Paths start from the folder of this file.

[site]
title = "Tidemark"
notice = "Sample data: a generated model Internet, not measurements."

[watch]
rfcs = [6052, 8215, 6598, 7050, 8781, 6724]
ases = [41063]
prefixes = ["60.9.16.0/24", "61.250.16.0/24", "100.64.0.0/10", "2a0f:10f8::/32"]

# What two networks expect of their space. On the last day another network announces one block, and nobody the other.
[[watch.rule]]
name = "space of AS41231"
prefixes = ["60.33.16.0/20"]
origins = [41231]
visibility = {ipv4 = 0.9}

[[watch.rule]]
name = "space of AS262529"
prefixes = ["60.35.48.0/20"]
origins = [262529]
visibility = {ipv4 = 0.9}

[[source]]
name = "sample-a"
kind = "mrt"
collector = "sample-a"
urls = ["file:mrt/sample-a/*.gz"]

[[source]]
name = "sample-b"
kind = "mrt"
collector = "sample-b"
urls = ["file:mrt/sample-b/*.gz"]

[[source]]
name = "iana-special"
kind = "special-prefixes"
collector = "iana"
urls = ["file:registry/iana-*-special-registry-1.csv"]
date = "2016-01-01"

[[source]]
name = "iana-space"
kind = "address-space"
collector = "iana"
urls = ["file:registry/ipv4-address-space.csv", "file:registry/ipv6-unicast-address-assignments.csv"]
date = "2015-12-31"

[[source]]
name = "iana-as-numbers"
kind = "as-numbers"
collector = "iana"
urls = ["file:registry/as-numbers.xml"]

[[source]]
name = "iana-registries"
kind = "iana-registry"
collector = "iana"
urls = ["file:registry/bgp-parameters.*.xml", "file:registry/icmpv6-parameters.*.xml"]

[[source]]
name = "as-names"
kind = "as-names"
urls = ["file:registry/asn.20241231.txt"]

[[source]]
name = "as-orgs"
kind = "as-orgs"
urls = ["file:registry/as-org2info.20241201.txt"]

[[source]]
name = "irr-model"
kind = "irr-routes"
urls = ["file:registry/irr-model.*.db"]

[[source]]
name = "bogon-list"
kind = "bogon-list"
urls = ["file:registry/fullbogons-*.txt"]

[[source]]
name = "delegated"
kind = "delegations"
urls = ["file:registry/delegated-*"]

[[source]]
name = "transfers"
kind = "transfers"
urls = ["file:registry/transfers-*.json"]

[[source]]
name = "vrps"
kind = "roas"
urls = ["file:registry/vrps.*.json"]

[[source]]
name = "rfc-index"
kind = "rfc-index"
urls = ["file:rfc/rfc-index.*"]

[[source]]
name = "rfc-errata"
kind = "rfc-errata"
urls = ["file:rfc/errata.*.json"]

[[source]]
name = "drafts-2024"
kind = "datatracker"
urls = ["file:rfc/datatracker.2024-01-01.json"]
date = "2024-01-01"

[[source]]
name = "drafts-2025"
kind = "datatracker"
urls = ["file:rfc/datatracker.2025-01-01.json"]
date = "2025-01-01"

[[source]]
name = "milestones"
kind = "draft-milestones"
urls = ["file:rfc/milestones.json"]
date = "2025-01-01"

[[source]]
name = "draft-texts"
kind = "rfc-texts"
urls = ["file:rfc/draft-*.txt"]

[[source]]
name = "texts"
kind = "rfc-texts"
urls = ["file:rfc/rfc{rfc}.txt"]

# Checks of two connections of the model, kept as transcripts.
[[source]]
name = "vantage"
kind = "ipv6-vantage"
urls = ["file:vantage/*.jsonl"]

[[source]]
name = "users"
kind = "google-ipv6"
urls = ["file:external/google-ipv6.csv", "file:external/worldmap.js"]

[[source]]
name = "apnic-users"
kind = "apnic-ipv6"
urls = ["file:external/*.json"]

[[source]]
name = "survey"
kind = "ipv6-site-survey"
collector = "model-sites"
urls = ["file:external/sites/*.csv"]

# The sample brings its own DNS and web servers, on loopback, and probes them as of its own days.
[[source]]
name = "probes"
kind = "ipv6-probes"
domains = "domains.csv"
resolver = "sample"
controls = ["control.example:443"]
smtp = true
rate = 20000
address_rate = 20000
prefix_rate = 20000
operator_rate = 20000
as_rate = 20000
list_date = "2021-01-01"
list_title = "Domains of the model"
list_owner = "The model Internet"
sector = "everything"
vantage_asn = 41000
`
