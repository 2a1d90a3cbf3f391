#!/usr/bin/env bash
# Drives the real window with mouse and keys on a screen of its own, and keeps screenshots of every step.
#
#   tests/drive_window.sh [BINARY] [FOLDER FOR SCREENSHOTS]
#
# Needs xvfb, xdotool, imagemagick and a Vulkan driver (mesa-vulkan-drivers will do). Fails when the window does not come
# up or a step leaves no result. PATIENCE (seconds, default 300) is how long tracking the demo clip may take.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
binary=${1:-$root/target/release/cotrail}
shots=${2:-$(mktemp -d)}
patience=${PATIENCE:-300}
work=$(mktemp -d)
mkdir -p "$shots"
app= server=

cleanup() {
    [ -n "$app" ] && kill "$app" 2>/dev/null || true
    [ -n "$server" ] && kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

fail() {
    echo "FAILED: $*" >&2
    [ -n "${DISPLAY:-}" ] && import -window root "$shots/failed.png" 2>/dev/null || true
    [ -f "$work/log" ] && tail -20 "$work/log" >&2
    exit 1
}

for tool in Xvfb xdotool import; do
    command -v "$tool" >/dev/null || { echo "FAILED: $tool is not installed" >&2; exit 1; }
done

# A free display of our own.
exec 3<>"$work/display"
Xvfb -displayfd 3 -screen 0 1280x800x24 >/dev/null 2>&1 &
server=$!
for _ in $(seq 50); do [ -s "$work/display" ] && break; sleep 0.1; done
[ -s "$work/display" ] || fail "no X server"
DISPLAY=:$(cat "$work/display")
export DISPLAY COTRAIL_DATA=$work/data XDG_RUNTIME_DIR=$work LP_NUM_THREADS=1 COTRAIL_FRAME_STATS=1 RUST_LOG=${RUST_LOG:-cotrail=info}
unset WAYLAND_DISPLAY
chmod 700 "$work"

# Starts the app on a copy of the demo clip, so that exports land in the work folder. Arguments: width height scale.
start() {
    cp -f "$root/assets/demo.mp4" "$work/demo.mp4"
    WINIT_X11_SCALE_FACTOR=$3 "$binary" "$work/demo.mp4" >"$work/log" 2>&1 &
    app=$!
    for _ in $(seq 100); do
        window=$(xdotool search --onlyvisible --name 'Cotrail$' 2>/dev/null | head -1) || true
        [ -n "$window" ] && break
        kill -0 "$app" 2>/dev/null || fail "the app ended before its window came up"
        sleep 0.2
    done
    [ -n "$window" ] || fail "no window came up"
    xdotool windowmove "$window" 0 0 windowsize "$window" "$1" "$2" windowfocus "$window"
    sleep 4
}

stop() {
    xdotool key ctrl+q sleep 2
    # Unsaved points: to "Don't save".
    kill -0 "$app" 2>/dev/null && xdotool key Tab key Tab key Return
    for _ in $(seq 50); do kill -0 "$app" 2>/dev/null || { app=; return; }; sleep 0.2; done
    fail "the app does not end on Ctrl+Q"
}

shot() {
    sleep 1
    import -window root "$shots/$1.png"
    colours=$(identify -format %k "$shots/$1.png")
    [ "$colours" -gt 100 ] || fail "$1: the picture is empty ($colours colours)"
}

click() { xdotool mousemove "$1" "$2" sleep 0.2 click 1 sleep 0.3; }

# Exports with the keyboard until the table holds this many points; the table is the proof of what was tracked.
export_until_complete() {
    local rows deadline=$((SECONDS + patience))
    while :; do
        rm -f "$work"/demo_tracks.*
        xdotool key ctrl+e; sleep 1
        [ -n "${1:-}" ] && shot "$1" && set --
        xdotool key Return
        for _ in $(seq 600); do [ -s "$work/demo_tracks.mp4" ] && break; sleep 0.1; done
        [ -s "$work/demo_tracks.mp4" ] || fail "the export wrote no clip"
        rows=$(awk -F, 'NR > 1 && $5 != ""' "$work/demo_tracks.csv" | wc -l)
        [ "$rows" -ge "$wanted_rows" ] && return
        [ $SECONDS -lt $deadline ] || fail "$rows of $wanted_rows rows after $patience s"
        sleep 10
    done
}

start 1280 800 1
shot start
click 590 245
click 795 335
click 640 400
sleep 6
shot tracking
xdotool key space sleep 3 key space
shot playing
wanted_rows=$((3 * 240))
export_until_complete export
shot exported
click 1013 595 # the message
xdotool key Home
for _ in $(seq 15); do xdotool key shift+Right; done
shot tracked
xdotool key F12 sleep 0.5
shot statistics
xdotool key F12
xdotool key F1 sleep 0.5
shot keys
xdotool key Escape
xdotool mousemove 700 300
for _ in $(seq 14); do xdotool click 4; done
shot zoomed
xdotool key f
click 104 17
click 148 438
shot light
xdotool key ctrl+e
shot light_export
xdotool key Escape
click 104 17
click 148 406
xdotool windowsize "$window" 800 600
shot small_window
stop
grep -h "interface while" "$work/log" || fail "no frame times in the log"

start 1280 800 2
shot scale_200
stop

echo "screenshots: $shots"
