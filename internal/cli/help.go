package cli

import (
	"strings"

	"github.com/alecthomas/kong"
)

// detail is the part of --help and of the manual page of a verb that follows its arguments.
type detail struct {
	note     string
	examples []string
}

func (d detail) text() string {
	text := "Examples:\n"
	for _, line := range d.examples {
		text += "\n    " + line
	}
	if d.note != "" {
		text = d.note + "\n\n" + text
	}
	return text
}

// describeVerbs gives each verb its detail.
func describeVerbs(k *kong.Kong) error {
	all := details()
	for _, leaf := range k.Model.Leaves(false) {
		if d, ok := all[strings.TrimPrefix(leaf.FullPath(), k.Model.Name+" ")]; ok {
			leaf.Detail = d.text()
		}
	}
	return nil
}

// mrtNote is what the verbs that read MRT have in common.
const mrtNote = "Files are MRT, BMP (RFC 7854), or packet captures (pcap, pcapng) of BMP or BGP sessions, compressed or not. Exit code 3: something was damaged, is not MRT, has no octets, or is a table dump without peers; the rest was read. A compressed file without records is a quiet interval, and no problem. An interrupt ends the verb at once, with exit code 1."

// details returns the details of all verbs.
func details() map[string]detail {
	return map[string]detail{
		"run": {examples: []string{"tidemark run", "tidemark run --config examples/shared-data.toml --data /var/lib/tidemark"}},
		"watch test": {
			note:     "The message says that it is a test. It is sent at once, without the spool, by the rights that a run has.",
			examples: []string{"tidemark watch test noc", "tidemark watch test noc --config /etc/tidemark/tidemark.toml"},
		},
		"plan": {examples: []string{"tidemark plan", "tidemark plan --files rrc00", "tidemark plan --json"}},
		"status": {
			note:     "Exit code 0: all is well; 3: the last run failed, a source fails or is silent, or an alert was raised in the last week.",
			examples: []string{"tidemark status", "tidemark status --json", "tidemark status || echo attention needed"},
		},
		"doctor": {
			note:     "Exit code 0: fit; 3: works, with warnings; 1: something does not work.",
			examples: []string{"tidemark doctor", "tidemark doctor --online --config /etc/tidemark/tidemark.toml", "tidemark doctor --json"},
		},
		"rebuild": {
			note:     "The archive and the journal of runs are not changed, nor are partitions whose raw files were cleared. The published site stays until the new one is complete.",
			examples: []string{"tidemark rebuild"},
		},
		"collect": {examples: []string{"tidemark collect", "tidemark collect rrc00 rfc-index"}},
		"analyse": {examples: []string{"tidemark analyse", "tidemark analyse table-growth bogons"}},
		"render":  {examples: []string{"tidemark render"}},
		"work list": {
			note:     "A unit is a line of JSON: a raw file, all files of updates of a collector's day, a derived partition or a compacted one, each with the SHA-256 of its inputs. The list is in a deterministic order, the largest first. derive lists the partitions whose inputs are final; when they are made, list again until there is nothing. compact lists months and years that are over and have many small partitions. Fetching is not shared: one collect --fetch-only is polite to the archives.",
			examples: []string{"tidemark work list decode units.ndjson", "tidemark work list derive units.ndjson && test -s units.ndjson", "tidemark work list compact units.ndjson"},
		},
		"work do": {
			note: "Any number of these may run at once on one data folder, be killed, and be started again, also two of one shard: what is done is skipped, and the bytes are those of one machine. Exit code 0: the shard is done; 1: something of this machine failed, or two machines made different bytes of the same inputs (not reproducible); 2: the list is not one of this program, or the shard is not one of the list; 3: done, and some files cannot be read, which tidemark work done records; 75: a session swept for more than ten minutes. After 1 and 75 start the shard again.",
			examples: []string{
				"tidemark work do units.ndjson --shard 0/16",
				"srun tidemark work do units.ndjson                        # in an array of Slurm or AWS Batch",
				"tidemark work do units.ndjson --shards 16                 # in an Indexed Job of Kubernetes",
			},
		},
		"work done": {
			note:     "Exit code 0: all units are done; 3: some are missing, or could not be read; 75: a worker is alive, or another session is at work, and nothing was removed.",
			examples: []string{"tidemark work done units.ndjson"},
		},
		"import": {examples: []string{
			"tidemark import mrt --collector rrc00 bview.20020722.2337.gz",
			"tidemark import rfc-index --date 2012-03-31 rfc-index.txt",
			"tidemark import rfc-errata --date 2026-08-20 errata.json",
			"tidemark import special-prefixes --date 2026-07-18 iana-ipv4-special-registry-1.csv",
			"tidemark import roas --date 2018-01-31 export.json",
		}},
		"record": {
			note: "It runs until SIGTERM or SIGINT ends it, and finishes the file then. The configuration says in [record] with whom it speaks. A file of updates lasts five minutes, and the routes are dumped every eight hours; the next tidemark run, for example by cron every five minutes, decodes them, and tidemark watch judges the dumps. While a run is at work, finished files wait. What was received is synced every second: a kill loses nothing older, and the next tidemark record goes on. It announces no route, and cannot be made to. Exit code 128 and the signal's number: stopped; 1: the disk failed, or an address is taken; 2: the configuration is wrong; 75: another one records into this data folder.",
			examples: []string{
				"tidemark record --config /etc/tidemark/tidemark.toml",
				"systemctl enable --now tidemark-record.service",
				"tidemark status",
			},
		},
		"seed": {
			note:     "What the site publishes and is not here is fetched, compared with the site's SHA-256 and added in whole commits, the newest day first. Partitions that were made here stay. An interrupted verb goes on where it ended; when all is here, nothing is fetched. Derived datasets that join the whole history, and those of probe runs, are made here by tidemark analyse. A publisher's rows are believed: seed from whom you trust. --remove removes what one measured; tidemark analyse then makes anew what was derived here. Exit code 3: some partitions could not be fetched or were refused.",
			examples: []string{"tidemark seed https://tidemark.example.net/ --dry-run", "tidemark seed https://tidemark.example.net/ --dataset table_stats --dataset state_stats --since 2020-01-01", "tidemark seed https://tidemark.example.org/ --as oslo", "tidemark seed --remove oslo"},
		},
		"sample": {examples: []string{"tidemark sample data/sample", "tidemark run --config data/sample/tidemark.toml --data data"}},
		"mrt dump": {
			note: mrtNote,
			examples: []string{
				"tidemark mrt dump -m bview.20020722.2337.gz",
				"tidemark mrt dump --json --more 193.0.0.0/16 updates.20190101.0000.gz",
				"tidemark mrt dump -m --path '_3356_.*_13335$' rib.bz2",
				"zcat updates.gz | tidemark mrt dump --csv --kind withdraw -",
				"tidemark mrt dump --json router.bmp session.pcap",
			},
		},
		"mrt rib": {
			note: "Of each collector, view and family the newest table dump at or before TIME counts; dumps of one time are joined. Updates that RFC 7606 treats as withdrawals are reported. The table is held in memory. " + mrtNote,
			examples: []string{
				"tidemark mrt rib --at 2019-01-01T00:03:00Z -m bview.20190101.0000.gz updates.20190101.0000.gz",
				"tidemark mrt rib --at 2019-01-01T00:03:00Z -m master4.mrt master6.mrt updates.mrt",
				"tidemark mrt rib --at 2019-01-01T00:03:00Z -m <(ssh collector cat rib.gz) updates.20190101.0000.gz",
				"tidemark mrt rib --at 2019-01-01T00:03:00Z --more 193.0.0.0/16 --json bview.20190101.0000.gz updates.*.gz",
				"tidemark mrt rib --at 2019-01-01T00:03:00Z --parquet entries.parquet --collector rrc00 bview.20190101.0000.gz updates.*.gz",
			},
		},
		"mrt diff": {
			note: "Routes are compared peer by peer. A + or - says that the prefix came to the table as a whole, or went from it. Both tables are held in memory, in 0.3 to 0.5 kB a route (two tables of 500,000 routes took 480 MB); --prefix, --more, --less and --peer make them smaller. The exit code is 0 whether they differ or not. " + mrtNote,
			examples: []string{
				"tidemark mrt diff rib.20240101.0000.bz2 rib.20240101.0200.bz2",
				"tidemark mrt diff --json --more 193.0.0.0/16 bview.20240101.0000.gz bview.20240101.0800.gz",
				"tidemark mrt rib --at 2024-01-01T06:30:00Z --mrt rib.20240101.0600.bz2 updates.20240101.06*.bz2 | tidemark mrt diff rib.20240101.0600.bz2 -",
			},
		},
		"mrt get": {
			note: "Files are found in the listings of RIPE RIS (rrc00 …) or RouteViews, asked as the client of runs asks: robots.txt is obeyed, requests are spaced. A file that the folder has is left as it is; an interrupted transfer leaves NAME.part and is resumed. Exit code 3: some files could not be fetched.",
			examples: []string{
				"tidemark mrt get rrc00 --from 2024-01-01 --until 2024-01-01T02:00:00Z --to files",
				"tidemark mrt get route-views.linx --from 2024-01-01 --until 2024-01-02 --files rib --dry-run",
				"tidemark mrt get rrc00 --from 2024-01-01 --until 2024-01-01 --mirror https://mirror.example.net/ris",
			},
		},
		"mrt stat": {
			note:     mrtNote,
			examples: []string{"tidemark mrt stat rib.20140530.2200.bz2", "tidemark mrt stat --json updates.20190101.0000.gz"},
		},
		"report": {examples: []string{
			"tidemark report 2025",
			"tidemark report --markdown 2025 > bgp-in-2025.md",
			"tidemark report --json 2014",
		}, note: "A year ends with the table nearest to the first of January after it. Where the data are too thin for a figure, its place says what it needs. The site has the same reports as pages, which print as documents."},
		"prefix": {examples: []string{
			"tidemark prefix 193.0.0.0/21",
			"tidemark prefix --origin 64496 203.0.113.0/24 2001:db8::/32",
			"tidemark prefix --json --at 2014-06-01 196.46.0.0/16",
			"tidemark prefix --since 2018-04-24 --paths 205.251.192.0/21",
		}},
		"country": {examples: []string{"tidemark country DE", "tidemark country --json ripencc", "tidemark country --at 2014-06-01 BR"},
			note: "A country is the code under which a registry has delegated the number of the origin AS: where its holder is registered, not where the network is."},
		"as": {examples: []string{"tidemark as 3333", "tidemark as --json AS64496", "tidemark as --at 2014-06-01 37100"}},
		"probe domain": {
			note: "Packets are sent only to the resolver, to the domain's name servers and to the addresses of its hosts. Nothing is saved.",
			examples: []string{
				"tidemark probe example.net",
				"tidemark probe --smtp --all example.net example.org",
				"tidemark probe --resolver 127.0.0.1 --control www.example.com:443 --json example.net",
			},
		},
		"probe exchanges": {
			note:     "Nothing is sent: the exchanges are those in the newest transcript in the archive that has the domain, from the root servers down. What another domain needed before is shown too where a verdict rests on it.",
			examples: []string{"tidemark probe exchanges example.net", "tidemark probe exchanges --source probes --date 2026-01-01 example.net", "tidemark probe exchanges --json example.net"},
		},
		"probe self": {
			note: "Without a flag and without a source in the configuration nothing is sent; only the machine’s own addresses and routes are shown.",
			examples: []string{
				"tidemark probe self",
				"tidemark probe self --resolver system --control www.example.net:443",
				"tidemark probe self --resolver ::1,127.0.0.1 --control www.example.net:80 --json",
				"tidemark probe self --config tidemark.toml --source here --keep",
			},
		},
		"probe page": {
			note: "The page asks the three hosts and nobody else. Each of them serves two small files, and, if it can, the address that a request comes from.",
			examples: []string{
				"tidemark probe page public --v4-only https://ipv4.test.example.net --v6-only https://ipv6.test.example.net --dual-stack https://both.test.example.net",
			},
		},
		"rfc show":   {examples: []string{"tidemark rfc show 6052", "tidemark rfc show 2460 --as-of 2012-06-01", "tidemark rfc show --json 8215", "tidemark rfc show STD7 --as-of 2020-01-01"}},
		"rfc log":    {examples: []string{"tidemark rfc log 6052", "tidemark rfc log --since 2026-01-01", "tidemark rfc log --all --since 2025-01-01 --json"}},
		"rfc digest": {examples: []string{"tidemark rfc digest --since 2026-01-01", "tidemark rfc digest --json 6052 8215"}},
		"rfc diff": {examples: []string{
			"tidemark rfc diff 2012-06-01 2018-12-01",
			"tidemark rfc diff rfc2460 rfc8200",
			"tidemark rfc diff --side-by-side rfc3484 rfc6724 | less",
			"tidemark rfc diff draft-ietf-v6ops-nat64-wkp-1918-07 draft-ietf-v6ops-nat64-wkp-1918-08",
			"tidemark rfc diff old.txt new.txt",
		}},
		"rfc search":        {examples: []string{"tidemark rfc search translation prefix", "tidemark rfc search --as-of 2005-01-01 mrt", `tidemark rfc search --text '"path attribute" unrecognized'`, "tidemark rfc search --text --normative --json ttl decrement"}},
		"rfc graph":         {examples: []string{"tidemark rfc graph 6052", "tidemark rfc graph --dot 4291 | dot -Tsvg > 4291.svg", "tidemark rfc graph --citations --distance 1 6052"}},
		"rfc cites":         {examples: []string{"tidemark rfc cites 6052", "tidemark rfc cites 4291 --normative --distance 3", "tidemark rfc cites --json 8200"}},
		"rfc cite":          {examples: []string{"tidemark rfc cite 6052", "tidemark rfc cite --format bibtex 6052 8215 > rfcs.bib", "tidemark rfc cite --format xml 8200"}},
		"watch alerts":      {examples: []string{"tidemark watch", "tidemark watch --open", "tidemark watch --since 2026-01-01 --json"}},
		"watch check":       {note: "Exit code 2: a rule could never be raised, or there is no dataset on which it could be judged.", examples: []string{"tidemark watch check", "tidemark watch check --json"}},
		"watch learn":       {note: "Nothing is written: copy what is right into the configuration.", examples: []string{"tidemark watch learn AS64496"}},
		"registry":          {examples: []string{"tidemark registry", "tidemark registry bgp-parameters", "tidemark registry \"path attributes\" --since 2025-01-01", "tidemark registry --rfc 8781 --json"}},
		"rfc impact":        {examples: []string{"tidemark rfc impact", "tidemark rfc impact --since 2026-01-01"}},
		"datasets ls":       {examples: []string{"tidemark datasets ls", "tidemark datasets ls --json"}},
		"datasets describe": {examples: []string{"tidemark datasets describe routes", "tidemark datasets describe routes --json"}},
		"datasets index": {
			note:     "The index is a folder of Parquet files, data/index: the manifests of each dataset in a year, for DuckDB, Spark and the like, and for Tidemark, which then need not read every manifest. Runs keep it up to date. The manifests stay what counts: where a file of the index is missing, damaged or older than a manifest, the manifest is read.",
			examples: []string{"tidemark datasets index", "tidemark datasets index --rebuild", "tidemark datasets index --json"},
		},
		"datasets iceberg": {
			note:     "A table for each dataset is written to data/iceberg: what Apache Iceberg (format version 2) needs to find the partitions where they are, with one snapshot, what there is now. Register again after a run; what has not changed stays. Spark reads the folder as a catalog of the type hadoop, others the metadata files, as docs/scale.md shows. --at is for a data folder that readers find elsewhere, for example in a bucket.",
			examples: []string{"tidemark datasets iceberg", "tidemark datasets iceberg --at s3://bucket/tidemark --json"},
		},
		"datasets verify": {examples: []string{"tidemark datasets verify"}},
		"sql": {examples: []string{
			"tidemark sql",
			`tidemark sql "SELECT kind, count(*) FROM rfc_events GROUP BY kind"`,
			`tidemark sql --format markdown "SELECT rov_state, count(*) AS routes FROM route_states GROUP BY rov_state"`,
			`tidemark sql --format parquet -o routes.parquet "SELECT * FROM route_states WHERE origin_asn = 64496"`,
			`tidemark sql --csv "SELECT * FROM route_states WHERE origin_asn = 64496" > routes.csv`,
			"tidemark sql - < question.sql",
		}},
		"sync":  {examples: []string{"tidemark sync --dry-run", "tidemark sync pull --raw", "tidemark sync push --json"}},
		"serve": {examples: []string{"tidemark serve", "tidemark serve --addr [::1]:8000"}},
		"mcp": {
			note: `A client starts the program itself. Most are told so by an entry like this one in their configuration:

    {"mcpServers": {"tidemark": {"command": "tidemark", "args": ["mcp", "--data", "/var/lib/tidemark"]}}}

All tools only read. They are datasets, describe, sql, prefix, as, rfc, probe (stored results; nothing is sent) and report. Each answer has the day that it speaks of, the days that its datasets cover, and its partitions with their SHA-256. With --site the partitions that the site publishes are fetched into a temporary folder as they are asked for, each compared with the SHA-256 that the site states; what a site leaves out is counted. Standard output has nothing but the protocol; the log is on standard error.`,
			examples: []string{"tidemark mcp", "tidemark mcp --data /var/lib/tidemark", "tidemark mcp --site https://tidemark.example.net/"},
		},
		"version": {examples: []string{"tidemark version", "tidemark version --json"}},
		"completion": {examples: []string{
			"source <(tidemark completion bash)",
			"tidemark completion zsh >~/.zfunc/_tidemark",
			"tidemark completion fish >~/.config/fish/completions/tidemark.fish",
		}},
		"man": {examples: []string{"tidemark man build/man", "man build/man/tidemark.1"}},
	}
}
