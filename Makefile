# The commands of this repository. `make` alone lists them.

# Where cargo builds. The plugins go to target/plugins even then, because config/plugins.yaml looks there.
TARGET  := $(or $(CARGO_TARGET_DIR),target)
RELEASE := $(TARGET)/release/jackfield
DEBUG   := $(TARGET)/debug/jackfield

PLUGINS := $(patsubst %/Cargo.toml,%,$(wildcard plugins/*/Cargo.toml))
INTO    := --out target/plugins

# Plugins that misbehave on purpose, for the sandbox tests.
TEST_PLUGINS := $(patsubst %/Cargo.toml,%,$(wildcard tests/plugins/*/Cargo.toml))

.PHONY: help run build plugins test lint fmt sdk-test bench deny clean
.NOTPARALLEL:

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Build everything and serve config/ on 127.0.0.1:8080
	$(RELEASE) serve --config config

build: plugins ## Build the gateway and the plugins, for use

plugins: ## Build the plugins into target/plugins; a running gateway takes them over
	@.ci/wasm-toolchain
	cargo build --release --package jackfield
	$(RELEASE) plugin build $(PLUGINS) $(INTO)

# `--workspace --all-targets` in every step: another selection would select other features and compile
# the WebAssembly runtime twice.
# Debian keeps PostgreSQL's programs out of the PATH, a folder for each version.
test: lint ## Run every test: what CI runs
	@.ci/wasm-toolchain
	@command -v initdb >/dev/null || command -v /usr/lib/postgresql/*/bin/initdb >/dev/null || .ci/apt-install postgresql
	@command -v redis-server >/dev/null || command -v valkey-server >/dev/null || .ci/apt-install redis-server
	cargo build --workspace --all-targets
	$(DEBUG) plugin build $(PLUGINS) $(INTO)
	$(DEBUG) plugin build $(TEST_PLUGINS) --out target/test-plugins
	cargo test --workspace
	$(MAKE) sdk-test

lint: ## Check format and lints
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

fmt: ## Format the code
	cargo fmt --all

sdk-test: ## Run the vendors' official SDKs against the built gateway
	JACKFIELD=$(abspath $(DEBUG)) tests/sdk/run

bench: build ## Measure beside nginx, which is installed if apt is at hand
	@PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null || .ci/apt-install nginx || echo "measuring without nginx"
	PATH="$$PATH:/usr/sbin" cargo run --release --package jackfield-tests --bin bench

deny: ## Check licences and sources with cargo-deny, where it is installed
	cargo deny check licenses bans sources

clean: ## Remove everything that was built
	cargo clean
	rm -rf target/plugins
