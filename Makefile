# Soyaku from a fresh checkout: `make demo`, `make test`. What the machine lacks goes under target/.
#
# Everything uses the release profile. HDF5 takes minutes of CPU to compile and each profile compiles its own copy, so
# one profile for the demo, the tests, the lints and the documentation builds it (and all other dependencies) once.
# Tests switch debug assertions and overflow checks on for our own crates; dependencies are shared with the demo.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

CARGO ?= cargo
CARGO_FLAGS ?= --locked
OUT := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
SOYAKU := $(OUT)/release/soyaku

export PATH := $(CURDIR)/target/tools/shims:$(PATH)
export SOYAKU_TEST_DATA ?= $(CURDIR)/../shared/data

TEST_PROFILE := CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true

.PHONY: help build demo test bench bench-data bench-peers fuzz lint doc kernels gpu-check ci cmake references

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */\1\t/' | \
	    awk -F'\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

build: cmake  ## the soyaku binary: target/release/soyaku
	$(CARGO) build --release $(CARGO_FLAGS) -p soyaku-cli

demo: build  ## screen 1,128 real compounds with the ADMET-AI models and print the hits
	@scripts/demo $(SOYAKU)

test: cmake references  ## all tests, with live comparisons against RDKit and h5py
	$(TEST_PROFILE) $(CARGO) test --workspace --release $(CARGO_FLAGS)

bench: cmake  ## criterion benchmarks of the hot paths
	$(CARGO) bench --workspace $(CARGO_FLAGS)

bench-data:  ## 1.9 million SMILES (MOSES) for benchmarks: target/oracles/moses/moses.smi
	scripts/bootstrap moses

bench-peers: build  ## time ADMET-AI and RDKit beside soyaku on the same input (benches/peers/README.md)
	benches/peers/run --soyaku $(SOYAKU) $(PEERS)

fuzz:  ## fuzz the readers, ten minutes each; needs a nightly compiler and cargo-fuzz (docs/fuzzing.md)
	scripts/fuzz $(or $(SECONDS_EACH),600) $(TARGETS)

kernels:  ## compile every CUDA kernel for every architecture; ACCEPT=1 records what changed (docs/kernels.md)
	scripts/bootstrap nvrtc
	$(CARGO) run --release $(CARGO_FLAGS) -p soyaku-kernel-check -- $(if $(filter 1,$(ACCEPT)),--accept) $(if $(SHOW),--show $(SHOW))

gpu-check: cmake  ## the script for machines with a GPU, whole but small, on the emulated one (tests/gpu/README.md)
	cd tests/gpu && python3 -m unittest discover -q -t . -s parts -b
	$(CARGO) build --release $(CARGO_FLAGS) -p soyaku-emulation
	tests/gpu/emulated/check $(OUT)

lint: cmake  ## formatting, clippy with warnings as errors, file sizes
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --release $(CARGO_FLAGS) -- -D warnings
	scripts/tidy

doc: cmake  ## API documentation, warnings as errors
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --release $(CARGO_FLAGS)

ci:  ## what is run on every submission
	.ci/run

cmake:
	@scripts/bootstrap cmake

# Without network the comparisons that need these print `skipped: ...`; SOYAKU_REQUIRE_ORACLES=1 makes that a failure.
references:
	@for step in venv admet nvrtc; do \
	    scripts/bootstrap $$step || [ "$${SOYAKU_REQUIRE_ORACLES:-0}" != 1 ]; \
	done
