# `make run` opens the app, `make test` runs the tests; both install the system packages that are missing first.
# `make run ARGS="track clip.mp4 --grid 10"` passes a command line on.

CARGO ?= cargo
PREFIX ?= $(HOME)/.local
ARGS ?=

# Where cargo puts what it builds.
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)

# Software Vulkan would take every core for itself.
export LP_NUM_THREADS ?= 2

.PHONY: help run test build lint install uninstall cargo

help:
	@echo "make run      open the app on the demo clip (ARGS=... passes a command line on)"
	@echo "make test     run every test"
	@echo "make build    compile the release binary"
	@echo "make lint     check formatting and lints"
	@echo "make install  put binary, weights and demo clip under PREFIX ($(PREFIX))"

run: cargo
	@scripts/install_packages.sh build window
	$(CARGO) run --release -- $(ARGS)

test: cargo
	@scripts/install_packages.sh build window tests
	$(CARGO) test --release --workspace

build: cargo
	@scripts/install_packages.sh build
	$(CARGO) build --release

# The same profile and features as the tests, so that dependencies are compiled once.
lint: cargo
	@scripts/install_packages.sh build
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings

install: build
	install -Dm755 "$(TARGET_DIR)/release/cotrail" "$(DESTDIR)$(PREFIX)/bin/cotrail"
	install -Dm644 weights/small.safetensors "$(DESTDIR)$(PREFIX)/share/cotrail/weights/small.safetensors"
	install -Dm644 weights/NOTICE "$(DESTDIR)$(PREFIX)/share/cotrail/weights/NOTICE"
	install -Dm644 LICENSE-APACHE "$(DESTDIR)$(PREFIX)/share/cotrail/weights/LICENSE-APACHE"
	install -Dm644 assets/demo.mp4 "$(DESTDIR)$(PREFIX)/share/cotrail/assets/demo.mp4"

uninstall:
	rm -f "$(DESTDIR)$(PREFIX)/bin/cotrail"
	rm -rf "$(DESTDIR)$(PREFIX)/share/cotrail"

cargo:
	@command -v $(CARGO) >/dev/null || { \
	  echo "cargo is missing: Cotrail is built with Rust 1.95 or newer." >&2; \
	  echo "Get it from https://rustup.rs, open a new shell, and try again." >&2; \
	  exit 1; }
