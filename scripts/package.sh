#!/usr/bin/env bash
# Builds packages for Linux into target/packages, from the profile `dist`.
#
#   scripts/package.sh [deb] [portable]     (both when nothing is named)
#
# deb       a package for this Debian or Ubuntu, which takes FFmpeg's libraries from the system
# portable  a folder that runs on any Linux as new as this one, with FFmpeg's libraries inside: as .tar.xz, and as an
#           AppImage where `appimagetool` is installed
#
# Both need cargo-about (`cargo install cargo-about --features cli`), which lists the licences of all that is inside; the
# first also dpkg-dev and fakeroot, the second patchelf and xz-utils.
set -euo pipefail
cd "$(dirname "$0")/.."

need() {
  for program in "$@"; do
    command -v "$program" >/dev/null || { echo "package.sh: $program is missing" >&2; exit 1; }
  done
}

[ $# -gt 0 ] || set -- deb portable
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
out=${CARGO_TARGET_DIR:-target}/packages
mkdir -p "$out"
out=$(realpath "$out")
need cargo-about

# What every package holds, under $1.
install_into() {
  rm -rf "$1"
  make install PROFILE=dist DESTDIR="$1" PREFIX=/usr
  install -Dm644 -t "$1/usr/share/doc/cotrail" LICENSE-MIT LICENSE-APACHE packaging/linux/copyright
  cargo about generate --locked --config packaging/about.toml packaging/about.hbs \
    --output-file "$1/usr/share/doc/cotrail/third-party.html"
}

deb() {
  need dpkg-deb dpkg-shlibdeps fakeroot
  local root=$out/deb arch depends
  arch=$(dpkg --print-architecture)
  install_into "$root"
  gzip --best --no-name "$root"/usr/share/man/man1/*.1
  # What the binary is linked with; dpkg-shlibdeps wants a source package around it.
  mkdir -p "$out/debian" "$root/DEBIAN"
  printf 'Source: cotrail\n\nPackage: cotrail\nArchitecture: any\n' >"$out/debian/control"
  depends=$(cd "$out" && dpkg-shlibdeps -O deb/usr/bin/cotrail | sed -n 's/^shlibs:Depends=//p')
  rm -r "$out/debian"
  # The window's libraries are opened while it runs.
  local window
  window=$(scripts/install_packages.sh --print window | sed 's/ mesa-vulkan-drivers//; s/ /, /g')
  cat >"$root/DEBIAN/control" <<TEXT
Package: cotrail
Version: $version
Architecture: $arch
Section: video
Priority: optional
Maintainer: Cotrail developers
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: $depends
Recommends: $window, mesa-vulkan-drivers
Suggests: xdg-desktop-portal
Description: point tracker for video and live cameras
 Click points in a video or on a camera: Cotrail follows them through motion
 blur, turns and occlusion, and writes annotated clips, tables, and files for
 other programs. It runs on the GPU or on the CPU; its weights are inside.
TEXT
  fakeroot dpkg-deb --build -Zxz "$root" "$out/cotrail_${version}_$arch.deb"
  rm -r "$root"
}

# Whether a library is the system's own: what must be of one piece with the kernel, the C library or the graphics driver.
is_of_the_system() {
  case $1 in
    ld-linux*|libc.so*|libm.so*|libdl.so*|libpthread.so*|librt.so*|libresolv.so*|libgcc_s.so*|libstdc++.so*) ;;
    libGL*|libEGL*|libOpenGL*|libgbm*|libvulkan*|libwayland*) ;;
    *) return 1 ;;
  esac
}

portable() {
  need patchelf xz ldd
  local arch name root
  arch=$(uname -m)
  name=Cotrail-$version-$arch
  root=$out/$name
  install_into "$root"
  mkdir -p "$root/usr/lib"
  ldd "$root/usr/bin/cotrail" | awk '$3 ~ /^\// { print $1, $3 }' | while read -r library path; do
    if ! is_of_the_system "$library"; then
      install -m644 "$path" "$root/usr/lib/$library"
    fi
  done
  # DT_RPATH, not DT_RUNPATH: it holds for the libraries that libraries ask for.
  patchelf --force-rpath --set-rpath '$ORIGIN/../lib' "$root/usr/bin/cotrail"
  ln -s usr/bin/cotrail "$root/AppRun"
  ln -s usr/share/icons/hicolor/256x256/apps/cotrail.png "$root/cotrail.png"
  cp packaging/linux/cotrail.desktop "$root/"
  tar --create --directory "$out" --owner=0 --group=0 "$name" | xz -T0 >"$out/$name.tar.xz"
  if command -v appimagetool >/dev/null; then
    ARCH=$arch appimagetool --no-appstream "$root" "$out/$name.AppImage"
  fi
  rm -r "$root"
}

for package in "$@"; do
  case $package in
    deb|portable) "$package" ;;
    *) echo "package.sh: unknown package '$package' (deb or portable)" >&2; exit 2 ;;
  esac
done
ls -l "$out"
