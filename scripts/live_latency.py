#!/usr/bin/env python3
"""From a camera's picture to the same picture on the screen, as somebody in front of it sees it.

    python3 scripts/live_latency.py BINARY CLIP.yuyv [--points 32] [--seconds 20] [--size 1280x800]

Starts BINARY on a made V4L2 camera (tests/fakev4l2.c) in an X server of its own (Xvfb), clicks points, and reads the
number that the camera drew into each picture off the screen, over and over. Latency is from the moment at which the
camera delivered that picture to the moment at which its number stood on the screen; the points stand in the same
picture. Says frames per second, latency p50 and p95, and where the time went (the window's own log).

CLIP.yuyv holds raw 640x480 frames:  ffmpeg -i some.mp4 -vf scale=640:480 -pix_fmt yuyv422 -f rawvideo CLIP.yuyv
Needs Xvfb, xdotool and cc.
"""
import argparse, ctypes, json, os, re, shutil, subprocess, sys, tempfile, time
from pathlib import Path

WIDTH, HEIGHT = 640, 480  # the camera's pictures
BITS = 32
X_PIXMAP = 2


class Image(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("width", "height", "xoffset", "format")] + [("data", ctypes.c_void_p)] + [
        (name, ctypes.c_int)
        for name in ("byte_order", "bitmap_unit", "bitmap_bit_order", "bitmap_pad", "depth", "bytes_per_line", "bits_per_pixel")
    ]


class Screen:
    """What stands on an X display."""

    def __init__(self, display):
        self.x = ctypes.CDLL("libX11.so.6")
        self.x.XOpenDisplay.restype = ctypes.c_void_p
        self.x.XDefaultRootWindow.restype = ctypes.c_ulong
        self.x.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
        self.x.XGetImage.restype = ctypes.POINTER(Image)
        self.x.XGetImage.argtypes = [
            ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_int, ctypes.c_uint, ctypes.c_uint, ctypes.c_ulong, ctypes.c_int,
        ]
        self.x.XDestroyImage.argtypes = [ctypes.POINTER(Image)]
        self.display = self.x.XOpenDisplay(display.encode())
        self.root = self.x.XDefaultRootWindow(self.display)

    def green(self, x, y, width, height):
        """Rows of the green channel, 0 to 255."""
        image = self.x.XGetImage(self.display, self.root, x, y, width, height, 0xFFFFFFFF, X_PIXMAP)
        line = image.contents.bytes_per_line
        data = ctypes.string_at(image.contents.data, line * height)
        self.x.XDestroyImage(image)
        return [data[row * line + 1 : row * line + 4 * width : 4] for row in range(height)]


def picture(screen, width, height):
    """Where the picture stands: what changes all the time, in columns and rows that change nearly all along."""
    first = screen.green(0, 0, width, height)
    moved = [bytearray(width) for _ in range(height)]
    for _ in range(24):
        time.sleep(0.06)
        for before, now, mark in zip(first, screen.green(0, 0, width, height), moved):
            for x in range(0, width):
                if abs(now[x] - before[x]) > 6:
                    mark[x] = 1
    rows = [y for y in range(height) if sum(moved[y]) > 0.2 * width]
    columns = [x for x in range(width) if sum(moved[y][x] for y in rows) > 0.5 * len(rows)]
    left, top, right = columns[0], rows[0], columns[-1] + 1
    return left, top, right, top + round((right - left) * HEIGHT / WIDTH)


def number(row, left, right):
    """The number in the strip, or None where that is no strip."""
    value = 0
    for bit in range(BITS):
        level = row[int(left + (bit + 0.5) * (right - left) / BITS)]
        if 60 < level < 190:
            return None
        value |= (level >= 190) << bit
    return value


def share(values, at):
    return sorted(values)[min(int(at * len(values)), len(values) - 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--points", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--display", default=":91")
    parser.add_argument("--shot", type=Path, help="a screenshot of the middle (needs ImageMagick)")
    parser.add_argument("--threads", type=int, help="of the software driver")
    parser.add_argument("--paint", choices=["auto", "gpu", "cpu"], default="auto", help="who paints the window")
    parser.add_argument("--setting", help="how exactly points are followed, such as 384x256x2; the app's choice if left out")
    args = parser.parse_args()
    width, height = map(int, args.size.split("x"))
    for tool in ("Xvfb", "xdotool", "cc"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing")
    folder = Path(tempfile.mkdtemp())
    fake = folder / "fake.so"
    source = Path(__file__).resolve().parent.parent / "tests" / "fakev4l2.c"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-pthread", "-o", fake, source], check=True)
    times, log = folder / "times", folder / "log"
    env = dict(os.environ, DISPLAY=args.display)
    server = subprocess.Popen(["Xvfb", args.display, "-screen", "0", f"{width}x{height}x24"], stderr=subprocess.DEVNULL)
    app = None
    try:
        time.sleep(1)
        here = dict(
            env, LD_PRELOAD=str(fake), FAKEV4L2_YUYV=str(args.clip), FAKEV4L2_SIZE=f"{WIDTH}x{HEIGHT}", FAKEV4L2_NUMBER="1",
            FAKEV4L2_TIMES=str(times), COTRAIL_DATA=str(folder / "data"), COTRAIL_LOG="cotrail=trace", XDG_RUNTIME_DIR=str(folder),
        )
        if args.threads:
            here["LP_NUM_THREADS"] = str(args.threads)
        if args.setting:
            columns, rows, iters = map(int, args.setting.split("x"))
            setting = {"model_size": {"width": columns, "height": rows}, "iters": iters}
            (folder / "data").mkdir()
            (folder / "data" / "settings.json").write_text(json.dumps({"app": {"camera": {"setting": setting}}}))
        with log.open("w") as out:
            app = subprocess.Popen([args.binary, "--paint", args.paint, "camera:0"], env=here, stderr=out, stdout=out)
        tell = lambda *words: subprocess.run(["xdotool", *map(str, words)], env=env, check=False, capture_output=True, text=True).stdout
        window = ""
        while not window:
            time.sleep(0.2)
            window = tell("search", "--onlyvisible", "--name", "Cotrail").split("\n")[0]
        tell("windowmove", window, 0, 0, "windowsize", window, width, height, "windowfocus", window)
        time.sleep(6)
        screen = Screen(args.display)
        left, top, right, bottom = picture(screen, width, height)
        print(f"picture at {left},{top} to {right},{bottom}", file=sys.stderr)
        columns = max(1, round(args.points**0.5 * 1.2))
        for n in range(args.points):
            row, column = divmod(n, columns)
            rows = -(-args.points // columns)
            x = left + (column + 1) * (right - left) / (columns + 1)
            y = top + (row + 1) * (bottom - top) / (rows + 1)
            tell("mousemove", round(x), round(y), "sleep", 0.05, "click", 1, "sleep", 0.1)
        tell("mousemove", left + 3, (top + bottom) // 2)
        time.sleep(3)
        # The strip is the lowest 8 of the picture's lines.
        strip = bottom - round(4 * (bottom - top) / HEIGHT)
        seen, last, end = [], None, time.monotonic() + args.seconds
        begin = time.monotonic_ns()
        while time.monotonic() < end:
            now = number(screen.green(left, strip, right - left, 1)[0], 0, right - left)
            at = time.monotonic_ns()
            if now is not None and now != last:
                seen.append((now, at))
                last = now
            time.sleep(0.003)
        if args.shot:
            subprocess.run(["import", "-window", "root", args.shot], env=env, check=False)
        secs = (time.monotonic_ns() - begin) / 1e9
        tell("windowfocus", window, "key", "ctrl+q")
        delivered = dict(map(int, line.split()) for line in times.read_text().splitlines())
        latency = [(at - delivered[n]) / 1e6 for n, at in seen if n in delivered and at > delivered[n]]
        misread = len(seen) - len(latency)
        print(f"{len(latency) / secs:.1f} frames per second on the screen; latency p50 {share(latency, 0.5):.0f} ms, "
              f"p95 {share(latency, 0.95):.0f} ms ({len(latency)} pictures, {misread} not read)")
        numbers = {n for n, _ in seen}
        parts = {}
        for line in re.sub(r"\x1b\[[0-9;]*m", "", log.read_text()).splitlines():
            found = dict(re.findall(r"(\w+)=([\d.]+)", line.partition(" drawn ")[2]))
            if int(found.pop("number", -1)) in numbers:
                for name, value in found.items():
                    parts.setdefault(name, []).append(float(value))
        for name, values in parts.items():
            print(f"  {name:8} p50 {share(values, 0.5):6.1f} ms  p95 {share(values, 0.95):6.1f} ms")
        for line in log.read_text().splitlines():
            if "tried" in line:
                print(re.sub(r"\x1b\[[0-9;]*m", "", line).split("cotrail::")[-1], file=sys.stderr)
    finally:
        if app:
            try:
                app.wait(10)
            except subprocess.TimeoutExpired:
                app.kill()
        server.terminate()
        shutil.rmtree(folder, ignore_errors=True)


main()
