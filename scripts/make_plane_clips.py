#!/usr/bin/env python3
"""Makes clips of textured planes whose points and corners are known exactly: how well points are followed as planes.

    python3 scripts/make_plane_clips.py make clips/
    cotrail eval clips/ [--plane 61]                                     # places
    for clip in clips/*/; do cotrail track $clip --queries $clip.csv --plane 61 --out $clip.tracks.npz; done
    python3 scripts/make_plane_clips.py compare clips/                   # corners

A poster of blotches, letters and shapes, 480 x 360, 40 frames, 3 x 4 points, a clip for every change: `turn60`,
`turn90`, `turn180` (in the picture's plane), `grow` (1 to 2 times), `shrink` (1 to 0.5), `tilt` (perspective), `blur`,
`noise`, `light`, `all` of them, milder; and three in which nothing may be claimed where nothing is to be seen: `cover`
(another poster comes in front while it turns by 90 degrees), `leave` (it leaves the picture and comes back), `swap`
(another poster is in its place from the middle on). Each is an .npz with `video`, `tracks`, `visible` and, of a square of 61 pixels around each point on frame
0, `corners` [N,T,4,2]; beside it the pictures as a folder, and the points as a table. Needs numpy and pillow.
"""
import sys
from pathlib import Path

import numpy as np
from make_corner_clips import FINE, FRAMES, HEIGHT, MARGIN, WIDTH, blurred, ground, project, seen, taken
from PIL import Image

BOARD_WIDTH, BOARD_HEIGHT, SIDE = 400, 300, 61
CHANGES = ("turn60", "turn90", "turn180", "grow", "shrink", "tilt", "blur", "noise", "light", "all", "cover", "leave",
           "swap")
NEAR_PX = 3  # corners that are farther off are mistaken


def poster(rng):
    """A board, in texels."""
    width, height = BOARD_WIDTH * FINE, BOARD_HEIGHT * FINE
    board = np.full((height, width), 130.0)
    for step, strength in ((12, 9), (30, 12), (80, 16), (200, 24)):
        noise = Image.fromarray(rng.normal(0, 1, (height // step + 2, width // step + 2)).astype(np.float32))
        board += strength * np.asarray(noise.resize((width, height), Image.BICUBIC))
    for _ in range(260):  # strokes of letters, and boxes
        x, y, ink = rng.integers(width), rng.integers(height), rng.uniform(-70, 70)
        long, thick = rng.integers(20, 110), rng.integers(8, 26)
        w, h = (long, thick) if rng.random() < 0.5 else (thick, long)
        board[y : y + h, x : x + w] += ink
    for _ in range(40):
        x, y, r = rng.integers(width), rng.integers(height), rng.integers(15, 60)
        ys, xs = np.ogrid[-r:r, -r:r]
        patch = board[max(y - r, 0) : y + r, max(x - r, 0) : x + r]
        disc = ((xs**2 + ys**2) < r * r)[max(r - y, 0) :, max(r - x, 0) :]
        patch += rng.uniform(-60, 60) * disc[: patch.shape[0], : patch.shape[1]]
    return blurred(np.clip(board, 10, 245), 2)


def pose(change, t):
    """Board to picture at a moment, as a 3 x 3 matrix."""
    s = t / (FRAMES - 1)
    angles = {"turn60": np.pi / 3, "turn90": np.pi / 2, "turn180": np.pi, "all": 1.2, "cover": np.pi / 2}
    angle = angles.get(change, 0.05) * s
    scale = {"grow": 2.0**s, "shrink": 0.5**s, "all": 1 + 0.3 * np.sin(2.5 * s)}.get(change, 1)
    tilt = {"tilt": 0.0022, "all": 0.001}.get(change, 0) * np.sin(np.pi * s)
    swing = 12 if change in ("blur", "all") else 6
    x, y = WIDTH / 2 + swing * np.sin(t / 3.1), HEIGHT / 2 + swing * np.cos(t / 4.3)
    x += 420 * np.sin(np.pi * s) if change == "leave" else 0
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    turned = np.array([[cos, -sin, 0], [sin, cos, 0], [tilt, 0.6 * tilt, 1]])
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]]) @ turned


def cover_pose(t):
    """Where the poster is that comes in front: over everything from a third to two thirds of the clip."""
    s = t / (FRAMES - 1)
    off = np.clip(1 - abs(s - 0.5) / 0.17, -2, 0)
    return np.array([[1.35, 0.1, WIDTH / 2 - 400 * off], [-0.1, 1.35, HEIGHT / 2], [0, 0, 1]])


def make(change, seed):
    rng = np.random.default_rng(seed)
    board, other, behind = poster(rng), poster(rng), ground(rng)
    grid = np.stack(np.meshgrid(np.linspace(-105, 105, 4), np.linspace(-70, 70, 3)), -1).reshape(-1, 2)
    first = pose(change, 0)
    own = project(first, grid)
    half = SIDE / 2
    square = own[:, None] + np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    on_board = project(np.linalg.inv(first), square.reshape(-1, 2))
    has = lambda *changes: change in changes or change == "all"
    mild = 0.6 if change == "all" else 1
    video = np.empty((FRAMES, HEIGHT, WIDTH, 3), np.uint8)
    tracks, visible = np.empty((len(grid), FRAMES, 2)), np.empty((len(grid), FRAMES), bool)
    corners = np.empty((len(grid), FRAMES, 4, 2))
    for t in range(FRAMES):
        s = t / (FRAMES - 1)
        moments = t + np.linspace(-0.25, 0.25, 5) * mild if has("blur") else [t]
        is_swapped = change == "swap" and s > 0.5
        shown = other if is_swapped else board
        picture = np.mean([seen(shown, behind, pose(change, moment)) for moment in moments], 0)
        if change == "cover":
            picture = seen(other, picture, cover_pose(t))
        picture = taken(picture, t, mild, has)
        noise = rng.normal(0, 10 * mild if has("noise") else 1.5, (HEIGHT, WIDTH, 3))
        video[t] = np.clip(np.round(picture[..., None] * [1.0, 0.98, 0.94] + noise), 0, 255)
        maps = [pose(change, moment) for moment in moments]
        tracks[:, t] = np.mean([project(matrix, grid) for matrix in maps], 0)
        corners[:, t] = np.mean([project(matrix, on_board) for matrix in maps], 0).reshape(-1, 4, 2)
        at = tracks[:, t]
        visible[:, t] = ((at >= MARGIN) & (at <= [WIDTH - 1 - MARGIN, HEIGHT - 1 - MARGIN])).all(-1) & ~is_swapped
        if change == "cover":
            x, y = abs(project(np.linalg.inv(cover_pose(t)), at)).T
            visible[:, t] &= (x > BOARD_WIDTH / 2) | (y > BOARD_HEIGHT / 2)
    return dict(video=video, tracks=tracks.astype(np.float32), visible=visible, corners=corners.astype(np.float32))


def make_all(folder):
    for number, change in enumerate(CHANGES):
        clip = make(change, number)
        np.savez(folder / f"{change}.npz", **clip)
        (folder / change).mkdir(parents=True, exist_ok=True)
        for t, frame in enumerate(clip["video"]):
            Image.fromarray(frame).save(folder / change / f"{t:03}.png")
        rows = [f"0,{x},{y}" for x, y in clip["tracks"][:, 0]]
        (folder / f"{change}.csv").write_text("\n".join(["t,x,y", *rows, ""]))
    print(f"{len(CHANGES)} clips in {folder}")


def compare(folder):
    """Corners as Cotrail wrote them beside the truth."""
    print("clip      seen, found %  median px  95 % px  of the found, mistaken %  hidden, mistaken %")
    for change in CHANGES:
        truth, said = np.load(folder / f"{change}.npz"), np.load(folder / f"{change}.tracks.npz")
        visible, given = truth["visible"][:, 1:], np.isfinite(said["corners"][:, 1:]).all((-1, -2))
        off = np.linalg.norm(said["corners"] - truth["corners"], axis=-1).max(-1)[:, 1:]
        found = visible & given
        share = lambda what, of: 100 * (what & of).sum() / max(of.sum(), 1)
        median, most = np.percentile(off[found], (50, 95)) if found.any() else (np.nan, np.nan)
        mistaken, claimed = share(off > NEAR_PX, found), share(given & (off > NEAR_PX), ~visible)
        print(f"{change:9} {share(given, visible):13.1f} {median:10.3f} {most:8.3f} {mistaken:25.1f} {claimed:19.1f}")


def main(task, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    {"make": make_all, "compare": compare}[task](folder)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
