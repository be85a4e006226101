# make run builds Tidemark, writes the sample (or takes CONFIG), runs it, and says where the site is.

DATA ?= data
CONFIG ?=
ADDR ?= 127.0.0.1:8000
ECHARTS := site/assets/echarts.min.js

.PHONY: build run serve notebooks check-site test simulate bench bench-mrt bench-dns lint vuln dist echarts clean

build: tidemark

tidemark: $(ECHARTS) FORCE
	go build -trimpath -o $@ .

# ECharts comes with the module that also draws the static charts; it is not kept in this repository.
$(ECHARTS): go.sum
	go mod download github.com/xo/echartsgoja
	cp "$$(go list -m -f '{{.Dir}}' github.com/xo/echartsgoja)/echarts.min.js" $@
	chmod 644 $@

echarts: $(ECHARTS)

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
.venv: notebooks/requirements.txt
	@if ! command -v python3 >/dev/null; then echo "python3 is not installed: tests with pyarrow and notebooks are skipped"; else \
	  python3 -m venv .venv && .venv/bin/pip install -q --disable-pip-version-check -r notebooks/requirements.txt && touch .venv; fi

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

test: $(ECHARTS) .venv $(CHECKS)
	go vet ./...
	go test ./...

bench: $(ECHARTS)
	go test -run '^$$' -bench . -benchmem ./...

# Makes a RIB of 24 million entries and updates in BENCH_DATA (4 GB) and runs Tidemark and its peers on them in turn.
BENCH_DATA ?= bench-data
bench-mrt: $(ECHARTS)
	test -f $(BENCH_DATA)/updates.mrt.bz2 || go run ./collectors/mrt/bench generate $(BENCH_DATA)
	go run ./collectors/mrt/bench run $(BENCH_DATA)

# Starts nsd and unbound on loopback with 1,000,000 generated names and asks them with the resolver client and its peers.
bench-dns:
	go run ./collectors/ipv6/bench run

# Lives a year on a replica of the archives: faults on one request in five, killed runs, full disks, two runs at once. Takes
# the better part of an hour; needs nginx and bzip2, and root for the small disk.
DAYS ?= 365
simulate: $(ECHARTS)
	go test -count=1 -v -timeout 6h -run 'TestSimulation' . -args -days $(DAYS)

lint: $(ECHARTS)
	test -z "$$(gofmt -l .)"
	go vet ./...
	go tool staticcheck ./...

# Asks the Go vulnerability database over the network.
vuln: $(ECHARTS)
	go tool govulncheck ./...

# A tarball and a Debian package in build/dist; the same commit gives the same bytes.
dist:
	.ci/dist

clean:
	rm -rf tidemark build bench-data $(DATA) $(ECHARTS) .venv

FORCE:
