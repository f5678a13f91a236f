# Two commands set everything up on a fresh machine: `make quickstart` and `make test`.
SHELL := /bin/bash -eu -o pipefail
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := target/venv
DENY_VERSION := 0.20.2

.PHONY: help quickstart test lint docs bench build test-tools clean

help: ## Shows what can be made.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

quickstart: ## Starts a whole platform here and sends real events through it. ONCE=1 stops it at the end.
	@examples/quickstart/run.sh

test: test-tools lint build ## Passes every test.
	cargo test --workspace --no-fail-fast
	@ONCE=1 examples/quickstart/run.sh

lint: ## Checks format, lints, dependencies and that generated files are fresh.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
	cargo deny --log-level error check bans licenses sources

docs: ## Writes the generated files anew: openapi.json, the provider's pages and that of fannerctl.
	UPDATE_OPENAPI=1 cargo test --quiet -p fanner-control-plane openapi
	UPDATE_DOCS=1 cargo test --quiet -p terraform-provider-fanner docs
	UPDATE_DOCS=1 cargo test --quiet -p fannerctl docs

bench: ## Measures speed, as ratios within one run.
	cargo bench -p fanner-tests

build: ## Builds the programs that the tests start.
	cargo build --workspace --bins

test-tools: ## Installs what the tests need and a machine may lack.
	@tests/tools.sh "$(PYTHON)" "$(VENV)" "$(DENY_VERSION)"

clean: ## Removes everything that was built.
	cargo clean
