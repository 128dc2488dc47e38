# The daily commands. `make help` lists them; each works on a fresh machine (deploy/setup.sh installs what is missing).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup wasm web demo test bench simulate lint fuzz fmt

# Cargo's own tools may be installed where no profile has put them on the path. Before the system's: a compiler that
# was installed for WebAssembly alone (deploy/setup.sh wasm) must not build anything else.
export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)

# Programs are run from where cargo puts them: `cargo run` of one package would choose its dependencies' features
# anew, and build them a second time.
RELEASE := $(abspath $(or $(CARGO_TARGET_DIR),target))/release

# The lock file is part of a change: a build never alters it silently.
LOCKED := --locked

# The browser tests' folder, with its packages installed.
BROWSER_TESTS = cd tests/browser && { [ node_modules/.package-lock.json -nt package-lock.json ] || \
    { npm ci --no-audit --no-fund --silent && touch node_modules/.package-lock.json; }; }

DEMO_SECONDS ?=
DEMO_ARGS ?=
BENCH_ARGS ?=
# The phone's app and the desks are measured with everything, or when they are asked for.
BENCHES_APP = $(if $(BENCH_ARGS),$(filter P,$(BENCH_ARGS)),P)
SEEDS ?= 1000
FROM ?= 0
FUZZ_SECONDS ?= 60
API_SEED ?= 1
API_EXAMPLES ?= 10

## help: this list
help:
	@awk -F ': ' '/^## / { printf "  make %-10s%s\n", substr($$1, 4), $$2 }' $(MAKEFILE_LIST)

## setup: install what is missing to build (says what it does)
setup:
	@deploy/setup.sh

## wasm: the engine for browsers, into web/wasm-pkg
wasm: setup
	@deploy/setup.sh wasm
	@sync-core/wasm/build.sh

## web: the web apps, packed into server/assets for the next build of the server
web: wasm
	@web/build.sh

## demo: a generated township with phones wandering in and out of signal (DEMO_SECONDS=60 bounds it)
demo: web
	cargo build $(LOCKED) --release -p qiao-server -p qiao-demo
	$(RELEASE)/qiao-demo $(if $(DEMO_SECONDS),--seconds $(DEMO_SECONDS)) $(DEMO_ARGS)

## test: everything that must hold before a change lands (API_EXAMPLES=100 asks the interface longer)
test: web
	@deploy/setup.sh test
	cargo test $(LOCKED) -p sync-core --doc
	cargo build $(LOCKED) -p qiao-server
	if cargo nextest --version >/dev/null 2>&1; then \
	    cargo nextest run $(LOCKED) --workspace; \
	else \
	    cargo test $(LOCKED) --workspace --lib --bins --tests --no-fail-fast; \
	fi
	sync-core/wasm/build.sh stories
	cd web && npm run --silent typecheck && npm run --silent test
	tests/api/run.sh --qiao "$${CARGO_TARGET_DIR:-target}/debug/qiao" --seed $(API_SEED) --examples $(API_EXAMPLES)
	$(BROWSER_TESTS) && npm run --silent test

## bench: the figures, printed and written to tests/bench/RESULTS.md (BENCH_ARGS="S2 S3" picks scenarios, P is app and desks in a browser)
bench: web
	cargo build $(LOCKED) --release -p qiao-server -p qiao-tests --bins
	$(if $(BENCHES_APP),@deploy/setup.sh test)
	$(if $(BENCHES_APP),mkdir -p target/bench && $(RELEASE)/bench --tell target/bench/village.json)
	$(if $(BENCHES_APP),$(BROWSER_TESTS) && QIAO_BIN=$(RELEASE)/qiao QIAO_FIGURES_INTO=$(CURDIR)/target/bench/browser.json \
	    bash -c 'rm -f "$$QIAO_FIGURES_INTO" && npx vitest run phone/figures && npx vitest run proof/figures')
	$(RELEASE)/bench --qiao $(RELEASE)/qiao $(if $(BENCHES_APP),--browser target/bench/browser.json) $(BENCH_ARGS)

## simulate: the deterministic simulation, any number of seeds (SEEDS=1000 FROM=0; TRACE=1 tells one world step by step)
simulate: setup
	cargo build $(LOCKED) --release -p qiao-server -p qiao-tests --bins
	$(RELEASE)/simulate --seeds $(SEEDS) --from $(FROM) $(if $(TRACE),--trace)

## lint: format, clippy, and the dependency tree
lint: setup
	@deploy/setup.sh lint
	cargo fmt --all --check
	cargo clippy $(LOCKED) --workspace --all-targets -- -D warnings
	if [ -d web/node_modules ]; then cd web && npm run --silent lint; fi
	cargo deny --all-features check bans licenses sources
	if timeout 60 cargo deny fetch db >/dev/null 2>&1; then \
	    cargo deny --all-features check advisories; \
	else \
	    echo "lint: the advisory database cannot be reached from here; advisories were not checked"; \
	fi

## fuzz: every fuzz target of sync-core/fuzz for FUZZ_SECONDS=60 each; what it finds new stays in target/fuzz
fuzz: setup
	@deploy/setup.sh fuzz
	cd sync-core && export RUSTC_BOOTSTRAP=1 && for target in $$(cargo fuzz list); do \
	    echo "fuzz: $$target for $(FUZZ_SECONDS) s"; \
	    mkdir -p "$(CURDIR)/target/fuzz/$$target" "fuzz/corpus/$$target"; \
	    cargo fuzz run "$$target" "$(CURDIR)/target/fuzz/$$target" "fuzz/corpus/$$target" -- \
	        -max_total_time=$(FUZZ_SECONDS) -timeout=20 -rss_limit_mb=2048; \
	done

## fmt: format all Rust sources
fmt:
	cargo fmt --all
