# `make run` opens the app, `make test` runs the tests; both install the system packages that are missing first.
# `make run ARGS="track clip.mp4 --grid 10"` passes a command line on.

CARGO ?= cargo
PREFIX ?= $(HOME)/.local
ARGS ?=
# `make install PROFILE=dist` is what packages hold: smaller, and slower to build.
PROFILE ?= release

# Where cargo puts what it builds, and what goes where.
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
BINARY := $(TARGET_DIR)/$(PROFILE)/cotrail
SHARE := $(DESTDIR)$(PREFIX)/share

# Software Vulkan would take every core for itself.
export LP_NUM_THREADS ?= 2

.PHONY: help run test build lint install uninstall cargo

help:
	@echo "make run      open the app on the demo clip (ARGS=... passes a command line on)"
	@echo "make test     run every test"
	@echo "make build    compile the release binary"
	@echo "make lint     check formatting and lints"
	@echo "make install  put program, weights, demo clip, menu entry and manual pages under PREFIX ($(PREFIX))"

run: cargo
	@scripts/install_packages.sh build window
	$(CARGO) run --release -- $(ARGS)

test: cargo
	@scripts/install_packages.sh build window tests
	$(CARGO) test --release --workspace

build: cargo
	@scripts/install_packages.sh build
	$(CARGO) build --profile $(PROFILE)

# The same profile and features as the tests, so that dependencies are compiled once.
lint: cargo
	@scripts/install_packages.sh build
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings

install: build
	install -Dm755 "$(BINARY)" "$(DESTDIR)$(PREFIX)/bin/cotrail"
	install -Dm644 -t "$(SHARE)/cotrail/weights" weights/small.safetensors weights/NOTICE LICENSE-APACHE
	install -Dm644 -t "$(SHARE)/cotrail/assets" assets/demo.mp4
	install -Dm644 -t "$(SHARE)/applications" packaging/linux/cotrail.desktop
	install -Dm644 -t "$(SHARE)/mime/packages" packaging/linux/cotrail.xml
	install -Dm644 -t "$(SHARE)/icons/hicolor/scalable/apps" packaging/linux/cotrail.svg
	install -Dm644 -t "$(SHARE)/icons/hicolor/256x256/apps" packaging/linux/cotrail.png
	"$(BINARY)" generate man "$(SHARE)/man/man1" >/dev/null
	"$(BINARY)" generate bash "$(SHARE)/bash-completion/completions" >/dev/null
	"$(BINARY)" generate zsh "$(SHARE)/zsh/site-functions" >/dev/null
	"$(BINARY)" generate fish "$(SHARE)/fish/vendor_completions.d" >/dev/null
	$(if $(DESTDIR),,-update-mime-database "$(SHARE)/mime"; update-desktop-database "$(SHARE)/applications")

uninstall:
	rm -f "$(DESTDIR)$(PREFIX)/bin/cotrail" "$(SHARE)/applications/cotrail.desktop" "$(SHARE)/mime/packages/cotrail.xml" \
	  "$(SHARE)"/icons/hicolor/*/apps/cotrail.* "$(SHARE)"/man/man1/cotrail*.1 \
	  "$(SHARE)/bash-completion/completions/cotrail.bash" "$(SHARE)/zsh/site-functions/_cotrail" \
	  "$(SHARE)/fish/vendor_completions.d/cotrail.fish"
	rm -rf "$(SHARE)/cotrail"

cargo:
	@command -v $(CARGO) >/dev/null || { \
	  echo "cargo is missing: Cotrail is built with Rust 1.95 or newer." >&2; \
	  echo "Get it from https://rustup.rs, open a new shell, and try again." >&2; \
	  exit 1; }
