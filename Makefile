# Voldaan: every task of the project. Each target does its own set-up and is quick when everything is there.
#
#   make demo             build and start the program on a sample firm
#   make test             everything that CI checks
#   make build            the desktop program, build/bin/voldaan
#   make build-headless   the static server program, build/bin/voldaan-headless
#   make lint fuzz bench generate test-access test-crash test-go test-frontend test-e2e test-window clean

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# One set of flags for build, vet, lint and test, or everything would be compiled twice. "production" is Wails' word
# for a program that carries its own front end; webkit2_41 chooses the WebKitGTK of today on Linux.
TAGS := production,webkit2_41
export GOFLAGS := -buildvcs=false -tags=$(TAGS)

CACHE := build/.cache
BIN := build/bin
GOLANGCI_VERSION := v2.15.0
TEMPL_VERSION := v0.3.977
GOLANGCI := $(CACHE)/bin/golangci-lint-$(GOLANGCI_VERSION)
TEMPL := $(CACHE)/bin/templ-$(TEMPL_VERSION)

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT := $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS := -s -w -X github.com/voldaan/voldaan/app.version=$(VERSION) -X github.com/voldaan/voldaan/app.commit=$(COMMIT)
GO_SOURCES = $(shell find main.go app backend frontend -name node_modules -prune -o -name '*.go' -print) go.mod go.sum
EMBEDDED = $(shell find frontend/icon.png frontend/portal frontend/mail backend -type f -not -name '*.go' 2>/dev/null)
DESK_SOURCES := $(shell find frontend/desk -name dist -prune -o -name node_modules -prune -o -type f -print)
DESK := frontend/desk/dist/index.html
PORTAL := frontend/portal/static/dist/htmx.js
NPM := frontend/node_modules/.package-lock.json
FUZZTIME ?= 30s

.PHONY: all demo build build-headless check-rates test test-go test-frontend test-e2e test-window test-crash lint lint-go lint-frontend \
	bench fuzz generate check-generated clean test-access

all: build

# --- set-up ------------------------------------------------------------------------------------------------------

$(CACHE)/system-%: build/setup.sh
	@mkdir -p $(CACHE)
	@build/setup.sh $*
	@touch $@

$(NPM): frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# Tools are built from their pinned versions, without the program's tags.
$(GOLANGCI):
	@mkdir -p $(CACHE)/bin
	GOFLAGS= GOBIN=$(abspath $(CACHE)/tmp) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@mv $(CACHE)/tmp/golangci-lint $@

$(TEMPL):
	@mkdir -p $(CACHE)/bin
	GOFLAGS= GOBIN=$(abspath $(CACHE)/tmp) go install github.com/a-h/templ/cmd/templ@$(TEMPL_VERSION)
	@mv $(CACHE)/tmp/templ $@

# --- building ----------------------------------------------------------------------------------------------------

$(DESK): $(NPM) $(DESK_SOURCES)
	cd frontend && npm run --silent desk:build
	@touch $@

$(PORTAL): $(NPM) frontend/portal/build.mjs
	cd frontend && node portal/build.mjs
	@touch $@

$(BIN)/voldaan: $(CACHE)/system-build $(DESK) $(PORTAL) $(GO_SOURCES) $(EMBEDDED)
	@mkdir -p $(BIN)
	go build -ldflags '$(LDFLAGS)' -o $@ .

$(BIN)/voldaan-headless: $(DESK) $(PORTAL) $(GO_SOURCES) $(EMBEDDED)
	@mkdir -p $(BIN)
	CGO_ENABLED=0 GOFLAGS='-buildvcs=false -tags=headless' go build -ldflags '$(LDFLAGS)' -o $@ .

build: $(BIN)/voldaan
build-headless: $(BIN)/voldaan-headless

demo: build
	@$(BIN)/voldaan demo

# --- generated files ---------------------------------------------------------------------------------------------

# They are committed, so that the program builds with go build alone; check-generated proves that they are current.
GENERATED = $(shell git ls-files 'frontend/portal/*_templ.go') frontend/desk/src/api

generate: $(TEMPL) $(NPM)
	$(TEMPL) generate -path frontend/portal -log-level error
	go run ./backend/web/api/gen
	cd frontend && npm run --silent desk:api

check-generated: generate
	@git diff --exit-code --stat -- $(GENERATED) || { echo 'Generated files are stale: run "make generate" and commit.' >&2; exit 1; }

# --- checking ----------------------------------------------------------------------------------------------------

test: check-generated lint test-go test-frontend test-e2e test-window

lint: lint-go lint-frontend

lint-go: $(CACHE)/system-build $(GOLANGCI) $(DESK) $(PORTAL)
	$(GOLANGCI) run --allow-parallel-runners ./...

lint-frontend: $(NPM)
	cd frontend && npm run --silent desk:check

# Tests that drive the program from outside use the built one.
test-go: $(CACHE)/system-test $(BIN)/voldaan
	VOLDAAN_BIN=$(abspath $(BIN)/voldaan) go test -race -timeout 20m ./...

test-frontend: $(NPM)
	cd frontend && npm run --silent desk:test

test-e2e: $(CACHE)/system-test $(BIN)/voldaan
	cd frontend && node --test --test-concurrency=1 e2e/*.test.mjs

# The pictures of a run are in build/.cache/images; docs/images holds a chosen few.
test-window: $(CACHE)/system-test $(BIN)/voldaan
	@mkdir -p $(CACHE)/images
	VOLDAAN_WINDOW=yes VOLDAAN_BIN=$(abspath $(BIN)/voldaan) VOLDAAN_IMAGES=$(abspath $(CACHE)/images) \
	  dbus-run-session -- xvfb-run -a -s '-screen 0 1440x900x24' go test -p 1 -count=1 -timeout 10m ./app/desktop ./tests/window

# Before a release (make dist): have the tables of statutory interest been compared with their sources lately?
check-rates:
	go run ./build/rates

# The long campaigns: 300 kill -9 cycles instead of the 30 of make test.
test-crash: $(CACHE)/system-test $(BIN)/voldaan
	VOLDAAN_BIN=$(abspath $(BIN)/voldaan) VOLDAAN_CRASH_CYCLES=300 go test -timeout 60m -run Crash -v ./tests/...

# Another customer's records by every parameter of every portal route: at least 100,000 times.
test-access:
	VOLDAAN_ATTEMPTS=100000 go test -timeout 60m -run 'TestForeignIsUnknown' -v ./backend/web/portal

bench: $(BIN)/voldaan
	VOLDAAN_BIN=$(abspath $(BIN)/voldaan) go test -p 1 -run '^$$' -bench . -timeout 30m ./backend/... ./tests/load
	cd frontend && VOLDAAN_BIN=$(abspath $(BIN)/voldaan) node e2e/scroll.bench.mjs

# Every fuzz target for FUZZTIME, one after the other.
fuzz:
	@grep -rlE '^func Fuzz' --include='*_test.go' backend app | while read -r f; do \
	  grep -oE '^func Fuzz[A-Za-z0-9_]*' "$$f" | cut -c6- | while read -r name; do \
	    echo "== $$(dirname "$$f") $$name"; go test "./$$(dirname "$$f")" -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) </dev/null; \
	  done; \
	done

clean:
	rm -rf $(BIN) $(CACHE) frontend/desk/dist/assets $(DESK)
