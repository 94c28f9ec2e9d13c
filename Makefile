# The commands of the house. Each installs what it needs.
GO ?= go
LINT_VERSION := v2.6.2
LINT := bin/golangci-lint
# FUZZTIME is how long make fuzz runs each target.
FUZZTIME ?= 30s

.PHONY: run test lint bench soak chaos relevance fuzz validate devstack clean

## run: serve a catalogue at :8080, with a private PostgreSQL in marquee-data
run:
	$(GO) run ./cmd/marquee serve

# MEASURES are tests whose number of tries is the point; they run without the race detector, which TestNoStaleAnswer
# also runs under with fewer.
MEASURES := TestNoStaleAnswer|TestRelevance
# ALONE are tests of what happens to requests that have deadlines: another package's load would be one more fault.
ALONE := TestChaos|TestRollingRestart

## test: every test, against real servers, with the race detector
test:
	$(GO) vet ./...
	$(GO) test -race -timeout 45m -skip 'TestRelevance|$(ALONE)' ./...
	$(GO) test -race -timeout 10m -run '$(ALONE)' ./cmd/test/fault
	$(GO) test -timeout 10m -run '$(MEASURES)' ./cmd/test/search ./search/judgment

## lint: formatting and the rules of .golangci.yml
lint: $(LINT)
	$(LINT) run ./...

$(LINT):
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

## bench: measure, side by side with bare peers; see docs/benchmarks.md
bench:
	$(GO) test -run '^$$' -bench . -benchtime 3s -timeout 30m ./cmd/test/measure

## relevance: how well each engine ranks, beside a plain query; see docs/benchmarks.md
relevance:
	$(GO) test -count=1 -run Relevance -v ./search/judgment

## soak: half of the load that a process can bear for MARQUEE_SOAK (5m), and the cache's precision on all films
soak:
	MARQUEE_SOAK=$${MARQUEE_SOAK:-5m} $(GO) test -count=1 -timeout 60m -run 'TestSoak|TestPrecision' -v ./cmd/test/measure

## chaos: faults of every part for MARQUEE_CHAOS (10m), while everybody reads and writes; see docs/faults.md
chaos:
	MARQUEE_CHAOS=$${MARQUEE_CHAOS:-10m} $(GO) test -count=1 -timeout 60m -run TestChaos -v ./cmd/test/fault

## fuzz: each fuzz target for FUZZTIME (10m is good by hand), four at a time
fuzz:
	@$(MAKE) --no-print-directory -k -O -j 4 $$(grep -ro '^func Fuzz[A-Za-z]*' --include='*_test.go' . \
		| sed 's|^\./\(.*\)/[^/]*:func \(.*\)|fuzz/\1/\2|' | sort)

# One target: fuzz/api/FuzzQuery. Go before 1.27 may end one that found nothing by "context deadline exceeded" (golang/go#75804).
# A run that is ended leaves 100 MB of its memory in TMPDIR.
fuzz/%:
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT INT TERM; \
	out=$$(TMPDIR=$$dir $(GO) test -run '^$$' -fuzz '^$(*F)$$' -fuzztime $(FUZZTIME) -parallel 1 ./$(*D) 2>&1) \
		|| { echo "$$out" | grep -qx '    context deadline exceeded' && ! echo "$$out" | grep -Eq 'Failing input|panic:'; } \
		|| { echo "FAIL $(*D) $(*F)"; echo "$$out"; exit 1; }; \
	echo "ok   $(*D) $(*F): $$(echo "$$out" | grep -o 'execs: [0-9]*' | tail -n 1)"

## validate: hold the files of deploy against the tools that read them
validate:
	deploy/validate.sh

## devstack: a real PostgreSQL, Redis and Elasticsearch until Ctrl-C; their addresses go to .devstack.env
devstack:
	$(GO) run ./deploy/devstack/run

## clean: remove what the commands above built (not the catalogue)
clean:
	rm -rf bin
