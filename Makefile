# Amalgam: `make run` sets up, builds and opens the workbench on the sample models; `make test` runs every test.
.PHONY: setup setup-tests build run test bench doctor samples clean

# One thread: OpenMP threads that spin at barriers make small work slower on busy cores.
export OMP_NUM_THREADS ?= 1

RELEASE := .build-release
# Loops over plain buffers are compiled optimised for the tests, which solve thousands of problems; a debug build by itself is quick to make.
OPTIMISED := -Xswiftc -O -Xcc -O2 -Xcxx -O2
PARENTS ?=

setup:
	@scripts/setup.sh

# The Python environment that tests compare with: pinned PyTorch, in .deps/python.
setup-tests:
	@scripts/setup-tests.sh

build: setup
	@swift build -c release --scratch-path $(RELEASE) --product CTorchBridge
	@swift build -c release --scratch-path $(RELEASE) --product amalgam

run: build
	@$(RELEASE)/release/amalgam $(PARENTS)

test: setup setup-tests
	@swift build --build-tests $(OPTIMISED)
	@swift test --skip-build

bench: setup
	@swift build -c release --scratch-path $(RELEASE)
	@$(RELEASE)/release/amalgam-bench $(ARGUMENTS)

doctor: build
	@$(RELEASE)/release/amalgam doctor

samples: build
	@$(RELEASE)/release/amalgam samples build

clean:
	@rm -rf .build .build-*
