#!/usr/bin/env bash
# Drives the real window with mouse and keys on a screen of its own, as a user works: click, watch, correct, merge, save,
# open again, export; keeps screenshots of every step. The tables that it exports on the way prove what happened.
#
#   tests/drive_window.sh [BINARY] [FOLDER FOR SCREENSHOTS]
#
# Needs xvfb, xdotool, imagemagick and a Vulkan driver (mesa-vulkan-drivers will do). Fails when the window does not
# come up or a step has another result than it should. PATIENCE (seconds, default 300) is how long tracking may take.
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

# Starts the app. Arguments: width, height, scale, what to open.
start() {
    WINIT_X11_SCALE_FACTOR=$3 "$binary" "$4" >"$work/log" 2>&1 &
    app=$!
    for _ in $(seq 100); do
        window=$(xdotool search --onlyvisible --name 'Cotrail' 2>/dev/null | head -1) || true
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
    for _ in $(seq 50); do kill -0 "$app" 2>/dev/null || { app=; break; }; sleep 0.2; done
    [ -z "$app" ] || fail "the app does not end on Ctrl+Q"
    grep -h "interface while" "$work/log" | sed "s/^/$1: /" || fail "no frame times in the log"
}

shot() {
    sleep 1
    import -window root "$shots/$1.png"
    colours=$(identify -format %k "$shots/$1.png")
    [ "$colours" -gt 100 ] || fail "$1: the picture is empty ($colours colours)"
}

click() { xdotool mousemove "$1" "$2" sleep 0.2 click 1 sleep 0.3; }

# Runs a command by its name in the palette; selects a point or goes to a frame the same way.
run() { xdotool key ctrl+p sleep 1 type --delay 20 "$1" && xdotool sleep 0.5 key Return sleep 1.5; }

# Where a point of the source is on the screen: the demo clip is 512 wide and fills 984 of a window 1280 wide.
on_screen() { awk -v x="$1" -v y="$2" 'BEGIN { s = 984 / 512; printf "%d %d", 8 + (x + 0.5) * s, 79 + (y + 0.5) * s }'; }

# The x and y of a track on a frame, from the exported table.
position() { awk -F, -v track="$1" -v frame="$2" '$2 == track && $3 == frame { print $5, $6 }' "$work/demo_tracks.csv"; }

# Exports with the keyboard until the table holds this many rows with a position.
export_until() {
    local rows deadline=$((SECONDS + patience))
    while :; do
        rm -f "$work"/demo_tracks.*
        xdotool key ctrl+e sleep 1
        [ -n "${2:-}" ] && shot "$2" && set -- "$1"
        xdotool key Return
        for _ in $(seq 600); do [ -s "$work/demo_tracks.csv" ] && [ -s "$work/demo_tracks.mp4" ] && break; sleep 0.1; done
        [ -s "$work/demo_tracks.csv" ] || fail "the export wrote no table"
        rows=$(awk -F, 'NR > 1 && $5 != ""' "$work/demo_tracks.csv" | wc -l)
        sleep 2 # the dialog closes of itself
        [ "$rows" -ge "$1" ] && return
        [ $SECONDS -lt $deadline ] || fail "$rows of $1 rows after $patience s"
        sleep 10
    done
}

cp "$root/assets/demo.mp4" "$work/demo.mp4"
start 1280 800 1 "$work/demo.mp4"
run "Close"
shot start_page
click 640 400 # nothing is there
xdotool key ctrl+w
run "Open the demo clip"
stop "start page"

# Click and watch.
start 1280 800 1 "$work/demo.mp4"
shot opened
xdotool mousemove 590 245 sleep 0.2 mousedown 1 sleep 1
shot placing
xdotool mouseup 1 sleep 0.3
click 795 335
click 620 420
sleep 4
run "120" # the ball and the block that falls come later
click 656 298
click 573 235
sleep 3
shot tracking
xdotool key space sleep 3 key space
shot playing
num_rows=$((3 * 240 + 2 * 120))
export_until $num_rows export
shot exported
cp "$work/demo_tracks.csv" "$work/before.csv"
run "150"
run "Lanes"
shot tracked
run "Lanes"

# Correct: drag the second point at frame 120; it passes there, and no other point changes.
run "120"
run "Select point 2"
read -r x y <<<"$(position "point 2" 120)"
read -r sx sy <<<"$(on_screen "$x" "$y")"
xdotool mousemove "$sx" "$sy" sleep 0.5 mousedown 1 sleep 0.3
for step in 4 8 12 16; do xdotool mousemove $((sx + step)) $((sy - step)) sleep 0.1; done
shot correcting
xdotool mouseup 1
sleep 15
shot corrected
export_until $num_rows
read -r cx cy <<<"$(position "point 2" 120)"
awk -v x="$x" -v y="$y" -v cx="$cx" -v cy="$cy" 'BEGIN { s = 984 / 512; dx = cx - x - 16 / s; dy = cy - y + 16 / s; exit dx * dx + dy * dy > 1 }' ||
    fail "point 2 was dragged from $x $y by 16 pixels of the screen and stands at $cx $cy"
for track in "point 1" "point 3" "point 4" "point 5"; do
    cmp -s <(grep ",$track," "$work/before.csv") <(grep ",$track," "$work/demo_tracks.csv") || fail "$track changed with point 2"
done

# Split one point, merge the parts again; undo and redo on the way.
run "Split point here"
shot split
xdotool key ctrl+z sleep 1 key ctrl+shift+z sleep 1
click 1055 150
xdotool keydown ctrl
click 1055 178
xdotool keyup ctrl
run "Merge two points"
shot merged

# Save, end, open again: the same table.
export_until $num_rows
cp "$work/demo_tracks.csv" "$work/before.csv"
xdotool key ctrl+s sleep 2
shot saving
xdotool key ctrl+a type --delay 20 "$work/work.cotrail"
xdotool key Return sleep 3
[ -s "$work/work.cotrail" ] || fail "no project was saved"
xdotool mousemove 700 300
for _ in $(seq 14); do xdotool click 4; done
shot zoomed
xdotool key f
run "Keys"
shot keys
xdotool key Escape sleep 1
xdotool key ctrl+p sleep 0.5 type --delay 20 "point"
shot palette
xdotool key Escape sleep 1
run "Model…"
shot model
xdotool key Escape sleep 1
run "Overlay…"
shot overlay
run "Overlay…"
run "Light theme"
shot light
xdotool key ctrl+e
shot light_export
xdotool key Escape sleep 1
xdotool windowsize "$window" 800 600
shot small_light
run "Dark theme"
shot small
xdotool key ctrl+e
shot small_export
xdotool key Escape sleep 1
stop "1280 × 800"

start 1280 800 1 "$work/work.cotrail"
run "200"
shot reopened
export_until $num_rows
cmp -s "$work/before.csv" "$work/demo_tracks.csv" || fail "the project gives another table than the work that was saved"
stop "project"

start 1280 800 2 "$work/work.cotrail"
run "150"
shot scale_200
xdotool key ctrl+e
shot scale_200_export
xdotool key Escape sleep 1
stop "200 %"

echo "screenshots: $shots"
