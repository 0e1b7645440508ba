# SPDX-License-Identifier: Apache-2.0
# The commands of the house. Meson does the building (build/release, build/debug); the work of each target is in scripts/.
PREFIX ?= /usr/local
DESTDIR ?=
DATA ?=
KEEP ?=

all: ## release build in build/release
	@scripts/deps build
	@scripts/build release

demo: ## the whole loop on this machine; DATA=DIR takes recordings in SKAB's CSV format, KEEP=1 leaves the hub up
	@scripts/deps build
	@scripts/build release
	@build/release/src/cli/sedge demo $(if $(DATA),--data "$(DATA)") $(if $(KEEP),--keep)

test: ## all fast tests under AddressSanitizer and UBSan
	@scripts/deps build test
	@scripts/test fast

test-long: ## the tests that take long
	@scripts/deps build test
	@scripts/test long

lint: ## layout, static checks, arrows between rooms: clean or an error
	@scripts/deps build test lint
	@scripts/lint

bench: ## kernels and models, measured on this machine
	@scripts/deps build test
	@scripts/build release
	@scripts/bench

fuzz: ## every fuzz target for SECONDS=20 each
	@scripts/deps build test fuzz
	@scripts/fuzz $(SECONDS)

install: ## into DESTDIR= with PREFIX=/usr/local
	@scripts/deps build
	@scripts/build release
	@meson configure build/release -Dprefix="$(PREFIX)" && scripts/build release
	@DESTDIR="$(DESTDIR)" meson install -C build/release --quiet

clean: ## removes build/
	rm -rf build

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: all demo test test-long lint bench fuzz install clean help
