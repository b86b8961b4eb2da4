# What a developer does every day, one word each. `make` alone lists it.

TARGET := $(or $(CARGO_TARGET_DIR),target)
IMAGE ?= salesflow:latest

.DEFAULT_GOAL := help
.PHONY: help run test api bench mutants lint docs monitoring image smoke sbom release fmt clean tools

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile

run: tools ## build, fill the demo shop on the first start, and serve it
	@.ci/web build
	cargo build --release --locked
	@.ci/demo-shop $(TARGET)/release/salesflow
	@exec $(TARGET)/release/salesflow serve

test: tools ## every test: SQLite, PostgreSQL, Redis and the web app in a browser, where they are installed
	@.ci/services
	@.ci/web build
	@.ci/web check
	RUST_BACKTRACE=1 cargo test --workspace --locked
	@.ci/web journeys $(TARGET)/debug/salesflow

# The profile is the one that is shipped: what is measured is what runs.
bench: tools ## measure the program as it is shipped
	cargo bench --profile dist --locked

api: tools ## take the API of the program into the web app: web/openapi.json and the types made from it
	cargo build --locked --bin salesflow
	@.ci/web api $(TARGET)/debug/salesflow

mutants: tools ## break the code that counts, here and there: do the quick tests notice? (hours; FILES=, SHARD=)
	@FILES="$(FILES)" SHARD="$(SHARD)" .ci/mutants

lint: tools ## formatting and lints, no warning allowed
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

docs: tools ## the documentation of the code, no warning allowed
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

monitoring: ## the rules of Prometheus, and that each alert fires (needs promtool, or root and apt-get)
	@.ci/monitoring

image: ## build the container (needs Docker)
	docker build --tag $(IMAGE) .

smoke: ## run the container without rights, on a new shop (needs Docker)
	@.ci/smoke $(IMAGE)

sbom: tools ## what a release consists of, as CycloneDX
	@.ci/sbom

release: tools ## the files of a release: program, SBOM, checksums (TAG=v1.2.3)
	@TAG="$(TAG)" .ci/release

fmt: tools ## format the code
	cargo fmt --all

clean: ## remove what was built; the shop in data/ stays
	cargo clean

tools:
	@.ci/tools
