#!/usr/bin/env bash
# Installs the system packages that Cotrail needs and this machine lacks.
#
#   scripts/install_packages.sh [--print] [build] [window] [tests]     (all three when nothing is named)
#
# With --print the names are only printed.
# Debian and Ubuntu: missing packages come from apt, through sudo only when you are not root; nothing is touched
# when nothing is missing. Other systems: prints the names of the packages and stops.
set -euo pipefail

# To compile: FFmpeg's libraries with headers, libclang (reads those headers), and a linker.
build=(libavcodec-dev libavformat-dev libavutil-dev libswscale-dev libclang-dev clang pkg-config gcc libc6-dev)

# To open the window (X11 or Wayland) and to compute on a GPU. mesa-vulkan-drivers covers AMD and Intel, and draws in
# software where there is no GPU; NVIDIA's driver brings its own.
window=(libx11-6 libx11-xcb1 libxcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon0 libxkbcommon-x11-0
  libwayland-client0 libwayland-cursor0 libwayland-egl1 libegl1 libvulkan1 mesa-vulkan-drivers)

# To run the tests: a screen in memory, hands for it, and the program that makes and checks clips.
tests=(xvfb xdotool ffmpeg)

elsewhere() {
  cat >&2 <<'TEXT'
apt-get is not here, so nothing was installed. Cotrail needs these packages:
  Fedora:  sudo dnf install gcc clang-devel pkgconf-pkg-config ffmpeg-free-devel libxkbcommon-x11 mesa-vulkan-drivers
           for the tests also: xorg-x11-server-Xvfb xdotool ffmpeg-free
  Arch:    sudo pacman -S --needed gcc clang pkgconf ffmpeg libxkbcommon-x11 vulkan-icd-loader vulkan-swrast
           (with a GPU, its own driver in place of vulkan-swrast), for the tests also: xorg-server-xvfb xdotool
  macOS:   xcode-select --install; brew install ffmpeg pkgconf
docs/packages.md says how on Windows. Once they are installed, set COTRAIL_SKIP_PACKAGES=1 to pass this step.
TEXT
}

print=
if [ "${1:-}" = --print ]; then
  print=1
  shift
elif [ -n "${COTRAIL_SKIP_PACKAGES:-}" ]; then
  exit 0
fi

[ $# -gt 0 ] || set -- build window tests
wanted=()
for purpose in "$@"; do
  case $purpose in
    build) wanted+=("${build[@]}") ;;
    window) wanted+=("${window[@]}") ;;
    tests) wanted+=("${tests[@]}") ;;
    *) echo "install_packages.sh: unknown purpose '$purpose' (build, window or tests)" >&2; exit 2 ;;
  esac
done
if [ -n "$print" ]; then
  echo "${wanted[*]}"
  exit 0
fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  if command -v pkg-config >/dev/null && pkg-config --exists libavcodec libavformat libavutil libswscale; then
    exit 0 # another system, already set up
  fi
  elsewhere
  exit 1
fi

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null || true)
  # On a machine with several architectures dpkg answers once for each.
  [[ $status == *installed* && $status != *not-installed* ]] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing; install them as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "$@" </dev/null; }

echo "Installing ${#missing[@]} missing packages: ${missing[*]}"
# The lists of packages are fetched only where there are none, or where they are too old to name what is wanted.
if ! apt-cache show "${missing[@]}" >/dev/null 2>&1; then
  apt update --quiet
fi
if ! apt install --quiet --yes --no-install-recommends "${missing[@]}"; then
  apt update --quiet # stale lists name files that the mirror no longer has
  apt install --quiet --yes --no-install-recommends "${missing[@]}"
fi
