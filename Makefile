# `make help` lists what can be made. .ci/run does everything that a change must pass.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LINT    := $(GO) tool -modfile=tools/go.mod golangci-lint
DIST    ?= dist
TARGETS := linux/amd64 linux/arm64 linux/loong64 windows/amd64

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build ./duban for this machine
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o duban .

.PHONY: test
test: ## run all tests
	$(GO) test ./...

.PHONY: race
race: ## run all tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race ./...

.PHONY: lint
lint: ## run the linters, import arrows included
	$(LINT) run ./...
	$(LINT) fmt --diff

.PHONY: fmt
fmt: ## format the code
	$(LINT) fmt

.PHONY: cover
cover: ## measure test coverage into cover.html
	$(GO) test -coverpkg=./... -coverprofile=cover.out ./...
	$(GO) tool cover -func=cover.out | tail -n 1
	$(GO) tool cover -html=cover.out -o cover.html

.PHONY: transcripts
transcripts: ## rewrite the expected answers in bot/testdata/talk; read the diff before you keep it
	$(GO) test ./bot -run TestTalk -update

.PHONY: postgres
postgres: ## run the store's tests and every conversation on a PostgreSQL server of their own
	.ci/run postgres

.PHONY: browser
browser: ## test the demo's page in headless Chromium
	.ci/run browser

.PHONY: office
office: ## test the Word documents in LibreOffice
	.ci/run office

FUZZ_LONG  ?= 120s
FUZZ_SHORT ?= 10000x

.PHONY: fuzz
fuzz: ## run every fuzz target: those for strangers' input for FUZZ_LONG (120s), the others for FUZZ_SHORT (10000x)
	FUZZ_LONG=$(FUZZ_LONG) FUZZ_SHORT=$(FUZZ_SHORT) FUZZ_SLOW=$(FUZZ_SHORT) .ci/run fuzz

.PHONY: corpus
corpus: ## fuzz as `make fuzz` does, and keep what was found in .ci/corpus.tar.gz
	rm -rf .corpus && FUZZ_CORPUS=$(CURDIR)/.corpus $(MAKE) fuzz
	cd .corpus && find . -type f -size -9k | LC_ALL=C sort | tar -c --owner=0 --group=0 --mtime=@0 -T - | gzip -n9 > ../.ci/corpus.tar.gz
	rm -rf .corpus

KILLS ?= 300

.PHONY: torture
torture: ## kill the program KILLS times (300) while people use it, then look for what was lost or doubled; SEED=n for the same choices, TWO=1 for two programs on one database, DUBAN_POSTGRES=address for a server
	DUBAN_KILLS=$(KILLS) DUBAN_SEED=$(SEED) DUBAN_TWO=$(TWO) $(GO) test -count=1 -v -timeout 0 -run '^TestTorture$$' ./torture

.PHONY: bench
bench: ## measure speed, memory and growth beside their limits, as a table (about six minutes; alone on the machine)
	@{ $(GO) test -run '^$$' -bench Pipeline -benchtime 4000x ./bench && \
		$(GO) test -run '^$$' -bench . -skip Pipeline -benchtime 300ms -timeout 30m ./bench; } | $(GO) run ./bench/table

.PHONY: demo
demo: ## open the work groups of a fictional county in the browser
	$(GO) run . demo

.PHONY: ci
ci: ## everything that a change must pass
	.ci/run

.PHONY: release
release: ## build dist/ for every target, with checksums
	rm -rf $(DIST) && mkdir $(DIST)
	set -e; for target in $(TARGETS); do \
		os=$${target%/*} arch=$${target#*/} suffix=; \
		[ $$os = windows ] && suffix=.exe; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' \
			-o $(DIST)/duban-$(VERSION)-$$os-$$arch$$suffix .; \
	done
	cd $(DIST) && sha256sum duban-* > SHA256SUMS

.PHONY: clean
clean: ## remove what the build left behind
	rm -rf dist duban duban.exe cover.out cover.html

.PHONY: samples
samples: ## the samples of docs/img from the demo's data, as LibreOffice prints them (needs soffice, pdftoppm, convert)
	go run . sample docs/img
	soffice --headless --convert-to pdf --outdir docs/img docs/img/bulletin.docx
	pdftoppm -r 50 -png docs/img/bulletin.pdf docs/img/page
	convert docs/img/page-*.png +append docs/img/bulletin-pages.png
	soffice --headless --convert-to pdf --outdir docs/img docs/img/ledger.xlsx
	pdftoppm -r 110 -png -f 1 -l 1 -x 80 -y 40 -W 1500 -H 620 -singlefile docs/img/ledger.pdf docs/img/ledger-page
	rm -f docs/img/page-*.png docs/img/bulletin.pdf docs/img/ledger.pdf
