# "make run" builds Tidemark, writes the sample, runs everything on it and prints where the site is; with CONFIG=FILE it runs
# that configuration instead.

DATA ?= data
CONFIG ?=
ADDR ?= 127.0.0.1:8000
ECHARTS := site/assets/echarts.min.js
DUCKDB := site/assets/duckdb/duckdb.wasm.gz
CODEMIRROR := site/assets/codemirror/codemirror.js
PROGRAM ?= tidemark

# Build, vet, test and dist share these flags, so that each package is compiled once.
export GOFLAGS := $(GOFLAGS) -trimpath

# No symbol table and no debugging information: the program is a third smaller. DuckDB asks to export every symbol, for
# extensions loaded at run time; the engine loads none, and the export costs 7 MB.
LDFLAGS := -s -w
ifeq ($(shell go env GOOS),linux)
LDFLAGS += -extldflags=-Wl,--no-export-dynamic,--gc-sections
endif
ifneq ($(COMMIT),)
LDFLAGS += -X tidemark/internal/cli.commit=$(COMMIT)
endif

.PHONY: build run serve spark notebooks check-site check-spark design-pictures test attack fuzz simulate bench bench-mrt bench-instructions bench-dns lint vuln notice dist clean

build: $(PROGRAM)

$(PROGRAM): $(ECHARTS) $(DUCKDB) FORCE
	go build -ldflags '$(LDFLAGS)' -o $@ ./cmd/tidemark

# ECharts comes with the Go module that draws the static charts.
$(ECHARTS): go.sum
	go mod download github.com/xo/echartsgoja
	cp "$$(go list -m -f '{{.Dir}}' github.com/xo/echartsgoja)/echarts.min.js" $@
	chmod 644 $@

# DuckDB and the editor of the SQL page (CodeMirror) come from npm, each package with the version and SHA-512 of the lock file, with the
# JavaScript readers for the tests. Without them the program still builds, and the page explains how to query on the command line.
NPM := site/testdata/npm
$(DUCKDB): $(NPM)/package-lock.json $(NPM)/editor.mjs
	@if ! command -v npm >/dev/null; then echo "npm is not installed: the SQL page will not answer, tests with JavaScript are skipped"; \
	elif ! npm ci --prefix $(NPM) --silent --no-audit --no-fund --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=4000; then echo "npm cannot install DuckDB: the SQL page will not answer, tests with JavaScript are skipped"; \
	else mkdir -p $(@D) && \
	  $(NPM)/node_modules/.bin/esbuild $(NPM)/node_modules/@duckdb/duckdb-wasm/dist/duckdb-browser.mjs \
	    --bundle --minify --format=esm --log-level=error --outfile=$(@D)/duckdb.js && \
	  $(NPM)/node_modules/.bin/esbuild $(NPM)/editor.mjs --bundle --minify --format=esm --log-level=error --outfile=$(CODEMIRROR) \
	    --banner:js='/* CodeMirror and Lezer, Copyright Marijn Haverbeke and others, MIT licence (see NOTICE of Tidemark) */' && \
	  cp $(NPM)/node_modules/@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js $(@D)/worker.js && \
	  cp $(NPM)/node_modules/@duckdb/duckdb-wasm/dist/duckdb-eh.wasm $(@D)/duckdb.wasm && \
	  chmod 644 $(@D)/* && gzip -9nf $(@D)/duckdb.wasm; fi

run: $(PROGRAM)
ifeq ($(CONFIG),)
	./$(PROGRAM) sample $(DATA)/sample
	./$(PROGRAM) run --config $(DATA)/sample/tidemark.toml --data $(DATA)
else
	./$(PROGRAM) run --config $(CONFIG) --data $(DATA) || [ $$? = 3 ] # 3: the run finished and has something to report
endif

serve: $(PROGRAM)
	./$(PROGRAM) serve --data $(DATA) --addr $(ADDR)

# The Python readers for the tests; without Python those tests are skipped and say so. The stamp comes last, or what an interrupted
# installation leaves would pass for whole.
PYTHON := .venv/whole
$(PYTHON): notebooks/requirements.txt site/testdata/requirements.txt
	@if ! command -v python3 >/dev/null; then echo "python3 is not installed: tests with pyarrow and notebooks are skipped"; else \
	  python3 -m venv .venv && .venv/bin/pip install -q --disable-pip-version-check -r notebooks/requirements.txt -r site/testdata/requirements.txt && \
	  .venv/bin/pip install -q --disable-pip-version-check --no-deps cffconvert==2.0.0 && touch $@; fi

# Spark with Iceberg's reader for it, pyiceberg and the schemas of Kubernetes and AWS Batch, for check-spark: 950 MB. It needs Python, Java and Maven.
SPARK := build/spark/whole
ICEBERG := internal/lab/audit/testdata/iceberg.sha256
spark: $(SPARK)
$(SPARK): internal/lab/cluster/testdata/requirements.txt $(ICEBERG)
	python3 -m venv build/spark
	build/spark/bin/pip install -q --disable-pip-version-check -r $<
	rm -rf build/spark/iceberg
	mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy -DoutputDirectory="$(CURDIR)/build/spark/iceberg" \
	  -Dartifact=$$(sed -n 's/.*  \(.*\)-\(.*\)\.jar$$/org.apache.iceberg:\1:\2/p' $(ICEBERG))
	cd build/spark/iceberg && sha256sum --quiet -c "$(CURDIR)/$(ICEBERG)"
	touch $@

# Runs the tests that need Spark: a cluster of it, its SQL, Iceberg tables, and the files for Kubernetes and AWS Batch.
check-spark: $(ECHARTS) $(DUCKDB) $(SPARK)
	go vet -tags spark ./internal/lab/...
	go run ./internal/testkit/report -tags spark -timeout 40m -run 'TestSpark|TestQuestions|TestDescribed|TestIceberg' ./internal/lab/cluster ./internal/lab/audit

# Opens the notebooks in JupyterLab, on the data in DATA.
notebooks: $(PYTHON)
	.venv/bin/pip install -q --disable-pip-version-check -r notebooks/jupyterlab.txt
	TIDEMARK_DATA="$(abspath $(DATA))" .venv/bin/jupyter lab notebooks

# The checkers of the site's pages (axe, html-validate, Lighthouse); without npm those tests are skipped and say so.
CHECKS := site/testdata/checks/node_modules/whole
$(CHECKS): site/testdata/checks/package.json
	@if ! command -v npm >/dev/null; then echo "npm is not installed: tests of the pages with axe, html-validate and Lighthouse are skipped"; else \
	  cd site/testdata/checks && npm install --no-audit --no-fund --no-package-lock --ignore-scripts --silent && touch node_modules/whole; fi

# Checks every page of the site in SITE with a browser, axe, html-validate and Lighthouse.
SITE ?= $(DATA)/site
check-site: $(ECHARTS) $(CHECKS)
	go test -tags lighthouse ./site -count=1 -timeout 1h -v -run 'TestEveryPage|TestReadableWithoutScript|TestValidHTML|TestLighthouse' -site "$(abspath $(SITE))"

# Takes the pictures of README.md and site/DESIGN.md from the sample's site in SITE.
PICTURE := chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --allow-file-access-from-files
design-pictures:
	mkdir -p site/design
	$(PICTURE) --window-size=1280,1500 --screenshot=docs/site.png "file://$(abspath $(SITE))/index.html"
	$(PICTURE) --window-size=1440,900 --force-device-scale-factor=0.6 --screenshot=site/design/front.png "file://$(abspath $(SITE))/index.html"
	$(PICTURE) --window-size=1440,900 --force-device-scale-factor=0.6 --blink-settings=preferredColorScheme=0 --screenshot=site/design/question-dark.png "file://$(abspath $(SITE))/q/table-growth/index.html"
	$(PICTURE) --window-size=1440,900 --force-device-scale-factor=0.6 --screenshot=site/design/rfc.png "file://$(abspath $(SITE))/rfc/2460.html"
	$(PICTURE) --window-size=1440,900 --force-device-scale-factor=0.6 --screenshot=site/design/report.png "file://$(abspath $(SITE))/report/2024.html"
	$(PICTURE) --window-size=1440,900 --force-device-scale-factor=0.6 --screenshot=site/design/incident.png "file://$$(ls $(abspath $(SITE))/incidents/*.html | head -n 1)"
	$(PICTURE) --window-size=500,800 --force-device-scale-factor=0.5 --screenshot=site/design/phone.png "file://$(abspath $(SITE))/index.html"

# The packages that take longest start first, so that none of them is at work alone in the end. One more than there are processors is
# at work, because those that wait for servers and clocks, such as collectors/ipv6, leave theirs idle most of the time.
LONGEST := ./internal/lab/cluster ./internal/lab/audit ./internal/lab/simulation ./internal/lab/routers ./collectors/ipv6 ./pipeline ./site ./analysis/derive ./collectors/routes
PACKAGES = $$(($$(getconf _NPROCESSORS_ONLN) + 1))

test: $(ECHARTS) $(DUCKDB) $(PYTHON) $(CHECKS)
	go vet ./...
	go run ./internal/testkit/report -timeout 40m -p $(PACKAGES) $(LONGEST) ./...

bench: $(ECHARTS) $(DUCKDB)
	go test -run '^$$' -bench . -benchmem ./...

# Writes a RIB of 24 million entries and a file of updates to BENCH_DATA (4 GB), and runs Tidemark and its peers on them in turn.
BENCH_DATA ?= bench-data
bench-mrt: $(ECHARTS)
	test -f $(BENCH_DATA)/updates.mrt.bz2 || go run ./internal/bench/mrt generate $(BENCH_DATA)
	go run ./internal/bench/mrt run $(BENCH_DATA)

# Counts the instructions that Tidemark takes for an element, which a busy machine does not change. It needs valgrind.
bench-instructions: $(ECHARTS)
	test -f $(BENCH_DATA)/updates.mrt.bz2 || go run ./internal/bench/mrt generate $(BENCH_DATA)
	go run ./internal/bench/mrt instructions $(BENCH_DATA)

# Starts nsd and unbound on loopback with 1,000,000 generated names and queries them with the resolver client and its peers.
bench-dns:
	go run ./internal/bench/dns run

# Simulates a year of daily runs on a replica of the archives, with faults in one request of five, killed runs, full disks
# and two runs at once. It lasts the better part of an hour and needs nginx and bzip2, and root for the small disk.
DAYS ?= 365
simulate: $(ECHARTS)
	go test -count=1 -v -timeout 6h -run 'TestSimulation' ./internal/lab/simulation -args -days $(DAYS)

# Runs the built program among all hostile servers, data folders and files, and prints what each attack did. It takes some minutes.
attack: build
	go test -count=1 -timeout 1h ./internal/lab/attack -v -args -whole -program "$(abspath $(PROGRAM))"

# Runs every fuzzer for FUZZTIME, one after the other, and prints how many inputs each tried.
FUZZTIME ?= 30s
fuzz: $(ECHARTS) $(DUCKDB)
	@FUZZTIME=$(FUZZTIME) .ci/fuzz

lint: $(ECHARTS) $(DUCKDB)
	test -z "$$(gofmt -l .)"
	go vet ./...
	go tool staticcheck ./...

# Queries the Go vulnerability database over the network.
vuln: $(ECHARTS) $(DUCKDB)
	go tool govulncheck ./...

# Writes NOTICE: the licences of all modules. A licence that is not known is an error.
notice:
	go run ./internal/notice

# Writes a tarball, a Debian package and a bill of materials to build/dist; the same commit gives the same bytes. With MINISIGN_KEY
# their checksums are signed.
dist:
	.ci/dist

clean:
	rm -rf $(PROGRAM) build bench-data $(DATA) $(ECHARTS) $(dir $(DUCKDB) $(CODEMIRROR)) $(NPM)/node_modules $(dir $(CHECKS)) .venv

FORCE:
