# The commands of the project. Each installs its tools.
GO ?= go
LINT_VERSION := v2.6.2
LINT := bin/golangci-lint
# FUZZTIME is the time for each target of make fuzz. RAPID_CHECKS is the number of cases of each property in make test.
FUZZTIME ?= 10s
RAPID_CHECKS ?= 20

.PHONY: run test test-race test-plain test-alone test-measures test-fast lint bench soak chaos relevance campaign fuzz validate devstack clean

## run: serve a catalogue at :8080, with a private PostgreSQL in marquee-data
run:
	$(GO) run ./cmd/marquee serve

# MEASURES are tests of many tries or of thousands of films, so they run without the race detector.
MEASURES := TestNoStaleAnswer|TestRelevance|TestRealWikipedia|TestPrecision|TestCollectionsOfThePage|TestImportIsIdempotent|TestImportOfRealVotes|TestThousandReaders
# ALONE are tests of requests with deadlines. They run alone, because the load of another package would be one more fault.
ALONE := TestChaos|TestRollingRestart

# WITH_POSTGRES runs the tests of all packages with one PostgreSQL, which would start one each.
WITH_POSTGRES := $(GO) run ./deploy/devstack/run -postgres --

# RACE is the race detector in everything but the generated parts of go-elasticsearch, which would take a tenth of the
# time to compile.
ELASTIC := github.com/elastic/go-elasticsearch/v8
RACE := -race -gcflags=$(ELASTIC)/typedapi/...=-race=false -gcflags=$(ELASTIC)/esapi=-race=false

## test: every test, against real servers, with the race detector where it matters; make lint runs the checks of go vet
test:
	$(WITH_POSTGRES) $(MAKE) --no-print-directory test-race test-plain test-alone test-measures

# PLAIN are packages that share no memory between goroutines: pure functions, and tests of servers.
PLAIN := /api/openapi|/storage/(dataset|edit|period|textform)|/search/(text|regex|touch)|/deploy

test-race:
	RAPID_CHECKS=$(RAPID_CHECKS) $(GO) test $(RACE) -vet=off -timeout 45m -skip '$(MEASURES)|$(ALONE)' $$($(GO) list ./... | grep -Ev '$(PLAIN)')

test-plain:
	RAPID_CHECKS=$(RAPID_CHECKS) $(GO) test -vet=off -timeout 20m -skip '$(MEASURES)' $$($(GO) list ./... | grep -E '$(PLAIN)')

test-alone:
	$(GO) test $(RACE) -vet=off -timeout 10m -run '$(ALONE)' ./cmd/test/fault

test-measures:
	$(GO) test -vet=off -timeout 10m -run '$(MEASURES)' \
		./cmd/test/campaign ./cmd/test/measure ./cmd/test/search ./cmd/test/stream ./search/judgment ./storage/dataset ./storage/postgres/importer

# SLOW are the packages that test-fast leaves out: whole-program tests, crashes of the private PostgreSQL, deployment,
# and graded searches.
SLOW := /cmd/test/|/deploy|/storage/embedded$$|/search/judgment$$

## test-fast: under two minutes; without the race detector, Elasticsearch, nginx, and servers or processes for one test
test-fast:
	$(WITH_POSTGRES) $(GO) test -short -vet=off $$($(GO) list ./... | grep -Ev '$(SLOW)')

## lint: formatting and the rules of .golangci.yml
lint: $(LINT)
	$(LINT) run ./...

$(LINT):
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

## bench: side by side with bare peers; see docs/benchmarks.md
bench:
	$(GO) test -run '^$$' -bench . -benchtime 3s -timeout 30m ./cmd/test/measure

## relevance: how well each engine ranks, beside a plain query; see docs/benchmarks.md
relevance:
	$(GO) test -count=1 -run Relevance -v ./search/judgment

## campaign: 50,000 requests at the start and the end of a collection, and writes while clients read; see docs/campaigns.md
campaign:
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 30m ./cmd/test/campaign

## soak: half of a process's highest load for MARQUEE_SOAK (5m), and the cache's precision on all films
soak:
	MARQUEE_SOAK=$${MARQUEE_SOAK:-5m} $(GO) test -count=1 -timeout 60m -run 'TestSoak|TestPrecision' -v ./cmd/test/measure

## chaos: faults of every part for MARQUEE_CHAOS (10m), under reads and writes; see docs/faults.md
chaos:
	MARQUEE_CHAOS=$${MARQUEE_CHAOS:-10m} $(GO) test -count=1 -timeout 60m -run TestChaos -v ./cmd/test/fault

# FUZZ are the fuzz targets, such as fuzz/api/param/FuzzQuery.
FUZZ = $(shell grep -ro '^func Fuzz[A-Za-z]*' --include='*_test.go' . | sed 's|^\./\(.*\)/[^/]*:func \(.*\)|fuzz/\1/\2|' | sort)

## fuzz: each fuzz target for FUZZTIME (10m by hand), four at a time; then 200 requests to each operation of the document
fuzz:
	@# One package after the other, because runs that start together each compile the dependencies.
	@for package in $(sort $(patsubst fuzz/%,./%,$(dir $(FUZZ)))); do $(GO) test -vet=off -c -fuzz . -o /dev/null $$package || exit 1; done
	@$(MAKE) --no-print-directory -k -O -j 4 $(FUZZ)
	MARQUEE_CONTRACT_ROUNDS=$${MARQUEE_CONTRACT_ROUNDS:-200} $(GO) test -count=1 -timeout 30m ./cmd/test/contract

# One target: fuzz/api/FuzzQuery. Before Go 1.27, a target that found nothing may end with "context deadline exceeded" (golang/go#75804).
# An interrupted run leaves 100 MB in TMPDIR.
fuzz/%:
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT INT TERM; \
	out=$$(TMPDIR=$$dir $(GO) test -vet=off -run '^$$' -fuzz '^$(*F)$$' -fuzztime $(FUZZTIME) -parallel 1 ./$(*D) 2>&1) \
		|| { echo "$$out" | grep -qx '    context deadline exceeded' && ! echo "$$out" | grep -Eq 'Failing input|panic:'; } \
		|| { echo "FAIL $(*D) $(*F)"; echo "$$out"; exit 1; }; \
	echo "ok   $(*D) $(*F): $$(echo "$$out" | grep -o 'execs: [0-9]*' | tail -n 1)"

## validate: check the files of deploy with the tools that read them
validate:
	deploy/validate.sh

## devstack: a real PostgreSQL, Redis and Elasticsearch until Ctrl-C; writes their addresses to .devstack.env
devstack:
	$(GO) run ./deploy/devstack/run

## clean: remove the tools that these commands built (not the catalogue)
clean:
	rm -rf bin
