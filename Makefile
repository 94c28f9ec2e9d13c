# The commands of the house. Each installs what it needs.
GO ?= go
LINT_VERSION := v2.6.2
LINT := bin/golangci-lint

.PHONY: run test lint bench soak relevance fuzz devstack clean

## run: serve a catalogue at :8080, with a private PostgreSQL in marquee-data
run:
	$(GO) run ./cmd/marquee serve

## test: every test, against real servers, with the race detector
test:
	$(GO) vet ./...
	$(GO) test -race -timeout 20m ./...
	$(GO) test -timeout 10m -run TestNoStaleAnswer ./cmd/marquee

## lint: formatting and the rules of .golangci.yml
lint: $(LINT)
	$(LINT) run ./...

$(LINT):
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

## bench: measure, side by side with bare peers; see docs/benchmarks.md
bench:
	$(GO) test -run '^$$' -bench . -benchtime 3s -timeout 30m ./cmd/marquee

## relevance: how well each engine ranks, beside a plain query; see docs/benchmarks.md
relevance:
	$(GO) test -count=1 -run Relevance -v ./search/judgment

## soak: five minutes of the same load, and the cache's precision on all films
soak:
	MARQUEE_SOAK=5m $(GO) test -count=1 -timeout 20m -run 'TestSoak|TestPrecision' -v ./cmd/marquee

## fuzz: each fuzz target for 30 seconds
fuzz:
	$(GO) list ./... | while read -r package; do \
		$(GO) test -list '^Fuzz' $$package | grep '^Fuzz' | while read -r target; do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime 30s $$package || exit 1; \
		done || exit 1; \
	done

## devstack: a real PostgreSQL, Redis and Elasticsearch until Ctrl-C; their addresses go to .devstack.env
devstack:
	$(GO) run ./deploy/devstack/run

## clean: remove what the commands above built (not the catalogue)
clean:
	rm -rf bin
