# `make run` sets up, builds and opens the workbench on the sample models; `make test` runs every test; `make help` lists the rest.
.PHONY: help setup setup-tests build run test test-client test-python wheel wheel-test docs bench fuzz torture keys lint format doctor samples install clean
.DEFAULT_GOAL := help

# One thread: OpenMP threads that spin at barriers make small work slower on busy cores.
export OMP_NUM_THREADS ?= 1

RELEASE := .build-release
# Swift's runtime is linked in: what `make install` copies needs no Swift, and what `make run` built is not built again.
BUILD := swift build -c release --static-swift-stdlib --scratch-path $(RELEASE)
# The tests solve thousands of problems, so their loops are optimised; a debug build by itself is quick to make.
OPTIMISED := -Xswiftc -O -Xcc -O2 -Xcxx -O2
FORMATTED := --recursive --parallel Sources Tests Benchmarks Fuzz Package.swift
PARENTS ?=
REFERENCE ?= yes
PREFIX ?= /usr/local
DESTDIR ?=

help: ## lists these commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

setup: ## installs Debian packages and libtorch; quick when they are there (LIBTORCH=/path uses an unpacked libtorch)
	@scripts/setup.sh

setup-tests: ## installs the pinned PyTorch that the tests compare with, in .deps/python
	@scripts/setup-tests.sh

build: setup ## builds the program, optimised
	@$(BUILD) --product CTorchBridge
	@$(BUILD) --product amalgam

run: build ## opens the workbench (PARENTS="a.pt b.pt" opens those)
	@$(RELEASE)/release/amalgam $(PARENTS)

test: setup setup-tests ## runs every test
	@swift build --build-tests $(OPTIMISED)
	@swift test --skip-build

test-client: setup ## builds and runs a package that depends on this one by version
	@scripts/test-client.sh

test-python: setup setup-tests ## tests the Python package on the programs that `make test` built
	@scripts/test-python.sh .build/debug

wheel: setup ## builds the Python wheel, .build-wheel/dist (TORCH="2.13 2.15" chooses the bridges)
	@scripts/make-wheel.sh

wheel-test: wheel ## installs the wheel in new virtual environments, one for each torch, and uses it there
	@scripts/test-wheel.sh

docs: ## builds the site of the documentation, .build-docs/site (REFERENCE=no leaves the library's reference out)
	@REFERENCE=$(REFERENCE) scripts/make-docs.sh

bench: setup ## measures against other programs (ARGUMENTS=… chooses what; Benchmarks/README.md)
	@$(BUILD)
	@$(RELEASE)/release/amalgam-bench $(ARGUMENTS)

torture: build ## lets writes fail and kills the program within them; looks at what is left (ARGUMENTS="--points 20 fuse runs")
	@scripts/torture/torture.py $(ARGUMENTS)

# Seventeen times 6 000 events: keys, clicks, pastes, resizes.
keys: setup setup-tests ## presses 100 000 random keys on the workbench, and prints what the slowest took of the processor
	@swift build --build-tests $(OPTIMISED)
	@AMALGAM_FUZZ_SEEDS=$$(seq -s, 1 17) swift test --skip-build --filter WorkbenchTests.FuzzTests

fuzz: ## fuzzes the readers of files and the kernels (WHAT=archives|pickles|toml|images|mat|kernels, SECONDS=60, LIMIT=2 seconds for an input)
	@scripts/fuzz.sh $(or $(WHAT),all) $(or $(SECONDS),60)

lint: ## checks the formatting of Swift files, and that Package.swift declares every import
	@swift format lint --strict $(FORMATTED)
	@scripts/check-imports.py
	@python3 scripts/check-folders.py
	@python3 scripts/check-readers.py

format: ## formats every Swift file with .swift-format
	@swift format format --in-place $(FORMATTED)

doctor: build ## checks the installation
	@$(RELEASE)/release/amalgam doctor

samples: build ## retrains the sample models
	@$(RELEASE)/release/amalgam samples build

# With the Swift runtime inside, so that an installed program needs no Swift.
install: build ## installs the program, its manual page and completions (PREFIX=/usr/local, DESTDIR=)
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" scripts/install.sh $(RELEASE)/release

clean: ## removes what was built
	@rm -rf .build .build-*
