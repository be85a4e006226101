# make run builds Tidemark, writes the sample (or takes CONFIG), runs it, and says where the site is.

DATA ?= data
CONFIG ?=
ADDR ?= 127.0.0.1:8000
ECHARTS := site/assets/echarts.min.js
DUCKDB := site/assets/duckdb/duckdb.js

# One set of flags for build, test and vet, so that nothing is compiled twice.
export GOFLAGS := $(GOFLAGS) -trimpath

# Without symbols the program is a fifth smaller and linking costs a third less CPU time.
LDFLAGS := -s -w

.PHONY: build run serve notebooks check-site test simulate bench bench-mrt bench-dns lint vuln dist echarts clean

build: tidemark

tidemark: $(ECHARTS) $(DUCKDB) FORCE
	go build -ldflags '$(LDFLAGS)' -o $@ ./cmd/tidemark

# ECharts comes with the module that also draws the static charts; it is not kept in this repository.
$(ECHARTS): go.sum
	go mod download github.com/xo/echartsgoja
	cp "$$(go list -m -f '{{.Dir}}' github.com/xo/echartsgoja)/echarts.min.js" $@
	chmod 644 $@

echarts: $(ECHARTS) $(DUCKDB)

# DuckDB for the SQL page comes from npm, with the JavaScript readers that tests use; none of it is kept in this repository.
# Where npm is missing or cannot bring it, the page says how to ask on the command line.
NPM := site/testdata/npm
$(DUCKDB): $(NPM)/package-lock.json
	@if ! command -v npm >/dev/null; then echo "npm is not installed: the SQL page will not answer, tests with JavaScript are skipped"; \
	elif ! npm ci --prefix $(NPM) --silent --no-audit --no-fund --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=4000; then echo "npm cannot bring DuckDB: the SQL page will not answer, tests with JavaScript are skipped"; \
	else mkdir -p $(@D) && \
	  cp $(NPM)/node_modules/@duckdb/duckdb-wasm/dist/duckdb-eh.wasm $(@D)/duckdb.wasm && \
	  cp $(NPM)/node_modules/@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js $(@D)/worker.js && \
	  $(NPM)/node_modules/.bin/esbuild $(NPM)/node_modules/@duckdb/duckdb-wasm/dist/duckdb-browser.mjs \
	    --bundle --minify --format=esm --log-level=error --outfile=$@ && chmod 644 $(@D)/*; fi

run: tidemark
ifeq ($(CONFIG),)
	./tidemark sample $(DATA)/sample
	./tidemark run --config $(DATA)/sample/tidemark.toml --data $(DATA)
else
	./tidemark run --config $(CONFIG) --data $(DATA) || [ $$? = 3 ] # 3: something was reported, the rest stands
endif

serve: tidemark
	./tidemark serve --data $(DATA) --addr $(ADDR)

# The readers in other languages that tests use; where there is no Python, those tests say so and are skipped.
.venv: notebooks/requirements.txt site/testdata/requirements.txt
	@if ! command -v python3 >/dev/null; then echo "python3 is not installed: tests with pyarrow and notebooks are skipped"; else \
	  python3 -m venv .venv && .venv/bin/pip install -q --disable-pip-version-check -r notebooks/requirements.txt -r site/testdata/requirements.txt && \
	  .venv/bin/pip install -q --disable-pip-version-check --no-deps cffconvert==2.0.0 && touch .venv; fi

# Opens the notebooks on DATA in JupyterLab.
notebooks: .venv
	.venv/bin/pip install -q --disable-pip-version-check -r notebooks/jupyterlab.txt
	TIDEMARK_DATA="$(abspath $(DATA))" .venv/bin/jupyter lab notebooks

# What checks the site's pages (axe, html-validate, Lighthouse); where there is no npm, those tests say so and are skipped.
CHECKS := site/testdata/checks/node_modules
$(CHECKS): site/testdata/checks/package.json
	@if ! command -v npm >/dev/null; then echo "npm is not installed: checks of the pages are skipped"; else \
	  cd site/testdata/checks && npm install --no-audit --no-fund --no-package-lock --ignore-scripts --silent && touch node_modules; fi

# Checks every page of the site in SITE: browser, axe, html-validate, Lighthouse.
SITE ?= $(DATA)/site
check-site: $(ECHARTS) $(CHECKS)
	go test ./site -count=1 -timeout 1h -v -run 'TestEveryPage|TestReadableWithoutScript|TestValidHTML|TestLighthouse' -site "$(abspath $(SITE))"

test: $(ECHARTS) $(DUCKDB) .venv $(CHECKS)
	go vet ./...
	go run ./internal/testkit/report -timeout 20m ./...

bench: $(ECHARTS) $(DUCKDB)
	go test -run '^$$' -bench . -benchmem ./...

# Makes a RIB of 24 million entries and updates in BENCH_DATA (4 GB) and runs Tidemark and its peers on them in turn.
BENCH_DATA ?= bench-data
bench-mrt: $(ECHARTS)
	test -f $(BENCH_DATA)/updates.mrt.bz2 || go run ./internal/bench/mrt generate $(BENCH_DATA)
	go run ./internal/bench/mrt run $(BENCH_DATA)

# Starts nsd and unbound on loopback with 1,000,000 generated names and asks them with the resolver client and its peers.
bench-dns:
	go run ./internal/bench/dns run

# Lives a year on a replica of the archives: faults on one request in five, killed runs, full disks, two runs at once. Takes
# the better part of an hour; needs nginx and bzip2, and root for the small disk.
DAYS ?= 365
simulate: $(ECHARTS)
	go test -count=1 -v -timeout 6h -run 'TestSimulation' ./internal/cli -args -days $(DAYS)

lint: $(ECHARTS) $(DUCKDB)
	test -z "$$(gofmt -l .)"
	go vet ./...
	go tool staticcheck ./...

# Asks the Go vulnerability database over the network.
vuln: $(ECHARTS) $(DUCKDB)
	go tool govulncheck ./...

# A tarball and a Debian package in build/dist; the same commit gives the same bytes.
dist:
	.ci/dist

clean:
	rm -rf tidemark build bench-data $(DATA) $(ECHARTS) $(dir $(DUCKDB)) $(NPM)/node_modules $(CHECKS) .venv

FORCE:
