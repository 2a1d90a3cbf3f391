#!/usr/bin/env python3
"""Makes clips whose points go away and come back, for `cotrail eval`.

The view pans off and back, or a board slides in and out again.

    python3 scripts/make_return_clips.py clips/ picture.png [picture.png ...]

For each picture and each of 20, 60, 120 and 200 frames away, one clip of either kind, 384 x 256, with 24 points, a
swaying and zooming view, changing brightness and noise. Needs numpy and pillow.
"""
import sys
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 384, 256
LEAD, MOVE, TAIL = 12, 14, 30


def view(picture, centre_x, centre_y, zoom):
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH]
    x = np.clip(centre_x + (xs - (WIDTH - 1) / 2) / zoom, 0, picture.shape[1] - 1.001)
    y = np.clip(centre_y + (ys - (HEIGHT - 1) / 2) / zoom, 0, picture.shape[0] - 1.001)
    x0, y0 = x.astype(int), y.astype(int)
    fx, fy = (x - x0)[..., None], (y - y0)[..., None]
    top = picture[y0, x0] * (1 - fx) + picture[y0, x0 + 1] * fx
    bottom = picture[y0 + 1, x0] * (1 - fx) + picture[y0 + 1, x0 + 1] * fx
    return top * (1 - fy) + bottom * fy


def make(picture, kind, gap, seed):
    rng = np.random.default_rng(seed)
    t = np.arange(LEAD + MOVE + gap + MOVE + TAIL)
    away = np.clip((t - LEAD) / MOVE, 0, 1) - np.clip((t - LEAD - MOVE - gap) / MOVE, 0, 1)
    away = away * away * (3 - 2 * away)
    x = 4 * np.sin(t / 9 + seed) + (WIDTH / 2 + 4 + away * WIDTH * 0.9 if kind == "out" else picture.shape[1] / 2)
    y, zoom = picture.shape[0] / 2 + 3 * np.cos(t / 11), 1 + 0.04 * np.sin(t / 17)
    grid = np.meshgrid(np.linspace(0.12 * WIDTH, 0.88 * WIDTH, 6), np.linspace(0.15 * HEIGHT, 0.85 * HEIGHT, 4))
    places = np.stack(grid, -1).reshape(-1, 2) + rng.uniform(-6, 6, (24, 2))
    middle = np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2])
    centres = np.stack([x, y], -1)
    world = centres[0] + (places - middle) / zoom[0]
    points = (world[None] - centres[:, None]) * zoom[:, None, None] + middle
    visible = ((points >= 0) & (points <= 2 * middle)).all(-1)
    board = rng.integers(0, 255, (HEIGHT // 8, WIDTH // 16, 3)).astype(float).repeat(8, 0).repeat(8, 1)
    video = np.empty((len(t), HEIGHT, WIDTH, 3), np.uint8)
    for i in t:
        frame = view(picture, x[i], y[i], zoom[i])
        left = round(-board.shape[1] + away[i] * (board.shape[1] + WIDTH * 0.22))
        first, last = max(0, left), min(WIDTH, left + board.shape[1])
        if kind == "occluder" and last > first:
            frame[:, first:last] = board[:, first - left : last - left]
            visible[i] &= (points[i, :, 0] < first - 0.5) | (points[i, :, 0] > last - 0.5)
        frame = frame * (1 + 0.05 * np.sin(i / 23 + seed)) + rng.normal(0, 2.5, frame.shape)
        video[i] = np.clip(frame, 0, 255)
    return dict(video=video, tracks=points.transpose(1, 0, 2).astype(np.float32), visible=visible.T)


def main(folder, *pictures):
    Path(folder).mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(pictures):
        picture = Image.open(path).convert("RGB")
        scale = max(1, 800 / picture.width, 300 / picture.height)
        picture = picture.resize((int(picture.width * scale), int(picture.height * scale)), Image.BICUBIC)
        for kind in ("out", "occluder"):
            for gap in (20, 60, 120, 200):
                clip = make(np.asarray(picture, float), kind, gap, 10 * number + gap)
                np.savez(Path(folder) / f"{kind}_{gap:03}_{Path(path).stem}.npz", **clip)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
