#!/usr/bin/env python3
"""Makes clips of printed boards whose points are known exactly, for `cotrail eval`: how exact places are.

    python3 scripts/make_corner_clips.py clips/

Two boards: a chessboard with marker patterns in its white squares, as ChArUco boards have them (points: the corners of
its squares), and a sheet of printed targets (points: the middles of quadrants, rings, crosses and dots). Each once for
every change: `turn` (a quarter turn), `scale` (0.7 to 1.5 times), `blur` (out of focus, and in motion), `noise`,
`light` (half as bright, and a shadow across), `tilt` (perspective) and `all` of them, milder. 480 x 360, 40 frames.
Every pixel is the mean of 3 x 3 places (and, in motion, of 5 moments). Needs numpy and pillow.
"""
import sys
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT, FRAMES = 480, 360, 40
SQUARE, COLUMNS, ROWS = 44, 8, 6  # of a board at scale 1, in pixels
FINE = 4  # texels of a board for each pixel at scale 1
SOFT = 2.5  # how far a board's edges run, in texels: finer ones would fall between the places of a pixel
SUB = 3  # places for each pixel, along either side
MARGIN = 8  # a point nearer to the border does not count as visible
CHANGES = ("turn", "scale", "blur", "noise", "light", "tilt", "all")


def chessboard(rng):
    """A board and its points, in pixels from its middle."""
    side = SQUARE * FINE
    board = np.full((ROWS * side, COLUMNS * side), 235.0)
    for row in range(ROWS):
        for column in range(COLUMNS):
            square = board[row * side : (row + 1) * side, column * side : (column + 1) * side]
            if (row + column) % 2:
                square[:] = 25
                continue
            bits = np.zeros((6, 6), bool)
            bits[1:5, 1:5] = rng.random((4, 4)) < 0.5
            bit = side * 7 // 10 // 6
            first = (side - 6 * bit) // 2
            marker = np.where(bits, 235, 25).repeat(bit, 0).repeat(bit, 1)
            square[first : first + 6 * bit, first : first + 6 * bit] = marker
    points = [(x, y) for y in range(1, ROWS) for x in range(1, COLUMNS)]
    return board, (np.array(points, float) - [COLUMNS / 2, ROWS / 2]) * SQUARE


def targets(rng):
    """A sheet of printed targets, each of another size and turn, and their middles."""
    side, large = SQUARE * FINE, 4
    board = np.full((ROWS * side, COLUMNS * side), 225.0)
    for row in range(ROWS):
        for column in range(COLUMNS):
            # Drawn in polar coordinates around the middle of the cell; each texel is the mean of 4 x 4 places.
            at = (np.arange(side * large) + 0.5) / large - side / 2
            x, y = np.meshgrid(at, at)
            angle, radius = rng.uniform(0, np.pi / 2), rng.uniform(0.28, 0.42) * side
            x, y = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
            distance, kind = np.hypot(x, y), (column + 3 * row) % 4
            is_black = [
                (x * y > 0) & (distance < radius),
                (distance < radius) & (distance // (radius / 4) % 2 == rng.integers(2)),
                (np.minimum(abs(x), abs(y)) < radius / 7) & (np.maximum(abs(x), abs(y)) < radius),
                distance < radius * 0.6,
            ][kind]
            ink = is_black.reshape(side, large, side, large).mean((1, 3))
            board[row * side : (row + 1) * side, column * side : (column + 1) * side] -= ink * 195
    points = [(x + 0.5, y + 0.5) for y in range(ROWS) for x in range(COLUMNS)]
    return board, (np.array(points, float) - [COLUMNS / 2, ROWS / 2]) * SQUARE


def ground(rng):
    """What the board lies on: blotches of all sizes."""
    picture = np.zeros((HEIGHT, WIDTH))
    for step in (4, 10, 24, 60):
        noise = Image.fromarray(rng.normal(0, 1, (HEIGHT // step + 2, WIDTH // step + 2)).astype(np.float32))
        picture += 8 * np.asarray(noise.resize((WIDTH, HEIGHT), Image.BICUBIC))
    return picture + 110


def sampled(picture, x, y):
    """Values between pixels; beyond the border, NaN."""
    inside = (x >= 0) & (y >= 0) & (x < picture.shape[1] - 1) & (y < picture.shape[0] - 1)
    x, y = np.where(inside, x, 0), np.where(inside, y, 0)
    x0, y0 = x.astype(np.int32), y.astype(np.int32)
    fx, fy = x - x0, y - y0
    top = picture[y0, x0] * (1 - fx) + picture[y0, x0 + 1] * fx
    bottom = picture[y0 + 1, x0] * (1 - fx) + picture[y0 + 1, x0 + 1] * fx
    return np.where(inside, top * (1 - fy) + bottom * fy, np.nan)


def pose(change, t):
    """Board to picture at a moment, as a 3 x 3 matrix."""
    s = t / (FRAMES - 1)
    angle = {"turn": np.pi / 2 * s, "all": 0.7 * s}.get(change, 0.05 * np.sin(t / 6))
    scale = {"scale": 0.7 + 0.8 * s, "all": 1 + 0.25 * np.sin(2.5 * s)}.get(change, 1 + 0.02 * np.sin(t / 5))
    scale *= 0.82 if change != "scale" else 1
    tilt = {"tilt": 0.0011, "all": 0.0006}.get(change, 0) * np.sin(np.pi * s)
    swing = 12 if change in ("blur", "all") else 7
    x, y = WIDTH / 2 + swing * np.sin(t / 3.1) + 0.3 * t, HEIGHT / 2 + swing * np.cos(t / 4.3) - 0.21 * t
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    turned = np.array([[cos, -sin, 0], [sin, cos, 0], [tilt, 0.6 * tilt, 1]])
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]]) @ turned


def seen(board, behind, board_to_picture):
    """The picture without noise."""
    at = (np.arange(SUB) + 0.5) / SUB - 0.5
    xs, ys = np.meshgrid((np.arange(WIDTH)[:, None] + at).ravel(), (np.arange(HEIGHT)[:, None] + at).ravel())
    inverse = np.linalg.inv(board_to_picture)
    x, y, w = (inverse @ np.stack([xs.ravel(), ys.ravel(), np.ones(xs.size)])).reshape(3, *xs.shape)
    # Texel k of the board reaches from k to k + 1, its middle lies at k + 0.5.
    x, y = x / w * FINE + board.shape[1] / 2 - 0.5, y / w * FINE + board.shape[0] / 2 - 0.5
    fine = sampled(board, x, y)
    fine = np.where(np.isnan(fine), behind.repeat(SUB, 0).repeat(SUB, 1), fine)
    return fine.reshape(HEIGHT, SUB, WIDTH, SUB).mean((1, 3))


def taken(picture, t, mild, has):
    """What a camera makes of a picture on frame t: out of focus, in another light, with a shadow across."""
    s = t / (FRAMES - 1)
    defocus = mild * 1.6 * np.sin(np.pi * s) ** 2 if has("blur") else 0
    picture = blurred(picture, defocus) if defocus > 0.05 else picture
    if has("light"):
        ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH]
        shadow = 1 / (1 + np.exp((xs * 0.8 + ys * 0.6 - 620 * s) / 25))
        picture = picture * (1 - mild * 0.5 * s) * (1 - mild * 0.4 * shadow) + 12 * np.sin(t / 7)
    return picture


def make(kind, change, seed):
    rng = np.random.default_rng(seed)
    board, places = {"chess": chessboard, "targets": targets}[kind](rng)
    board = blurred(board, SOFT)
    behind, has = ground(rng), lambda *changes: change in changes or change == "all"
    video = np.empty((FRAMES, HEIGHT, WIDTH, 3), np.uint8)
    tracks, visible = np.empty((len(places), FRAMES, 2)), np.empty((len(places), FRAMES), bool)
    for t in range(FRAMES):
        s, mild = t / (FRAMES - 1), 0.6 if change == "all" else 1
        moments = t + np.linspace(-0.25, 0.25, 5) * mild if has("blur") else [t]
        picture = np.mean([seen(board, behind, pose(change, moment)) for moment in moments], 0)
        picture = taken(picture, t, mild, has)
        noise = rng.normal(0, 10 * mild if has("noise") else 1.5, (HEIGHT, WIDTH, 3))
        picture = picture[..., None] * [1.0, 0.98, 0.94] + noise
        video[t] = np.clip(np.round(picture), 0, 255)
        # In motion blur a point is where the light of its exposure is, on average.
        mapped = np.mean([project(pose(change, moment), places) for moment in moments], 0)
        tracks[:, t] = mapped
        visible[:, t] = ((mapped >= MARGIN) & (mapped <= [WIDTH - 1 - MARGIN, HEIGHT - 1 - MARGIN])).all(-1)
    return dict(video=video, tracks=tracks.astype(np.float32), visible=visible)


def blurred(picture, sigma):
    reach = int(np.ceil(4 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        padding = [(reach, reach) if axis == a else (0, 0) for a in (0, 1)]
        padded = np.pad(picture, padding, mode="edge")
        picture = np.apply_along_axis(lambda line: np.convolve(line, weights, "valid"), axis, padded)
    return picture


def project(matrix, places):
    x, y, w = matrix @ np.concatenate([places, np.ones((len(places), 1))], 1).T
    return np.stack([x / w, y / w], -1)


def main(folder):
    Path(folder).mkdir(parents=True, exist_ok=True)
    for number, kind in enumerate(("chess", "targets")):
        for change in CHANGES:
            np.savez(Path(folder) / f"{kind}_{change}.npz", **make(kind, change, number))
    print(f"{2 * len(CHANGES)} clips in {folder}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
