#!/usr/bin/env python3
"""Makes clips of small things with exact truth, for `cotrail eval`: a textured disc moves over a real picture with fine detail.

    python3 scripts/make_small_clips.py clips/ picture.png [picture.png ...]

Discs 12, 20 and 40 pixels wide in pictures of 1920 x 1080, and 12 and 24 pixels wide in 3840 x 2160, five points on each.
Smooth: a curve through most of the picture, behind a pole. Jerky: another course every few frames, and a tremor. Pan: the
camera sweeps and shakes while the disc goes its own way. The pictures take turns. Needs numpy and pillow; 9 GB of disk.
"""
import sys
from pathlib import Path

import numpy as np
from PIL import Image

MOTIONS = ("smooth", "jerky", "pan")
FINE = 4  # samples per pixel and axis


def scaled(values, width, height):
    planes = [np.asarray(Image.fromarray(plane.astype(np.float32)).resize((width, height), Image.BICUBIC)) for plane in values]
    return np.stack(planes, -1)


def background(picture, width, height, rng):
    """The picture over all of it, with the detail that enlarging it cannot give."""
    scale = max(width / picture.width, height / picture.height)
    large = picture.resize((round(picture.width * scale) + 1, round(picture.height * scale) + 1), Image.BICUBIC)
    canvas = np.asarray(large, np.float32)[:height, :width].copy()
    for cell, strength in ((24, 7), (8, 7), (3, 7), (1, 5)):
        canvas += scaled(rng.normal(0, strength, (3, height // cell + 2, width // cell + 2)), width, height)
    return canvas


def course(motion, frames, width, height, rng):
    """Where the camera is, and where the disc is in the picture, [frames, 2] each."""
    t = np.arange(frames)
    unit = width / 1920
    still = np.zeros((frames, 2))
    middle = np.array([width / 2, height / 2])
    if motion == "smooth":
        phase = rng.uniform(0, 6.28, 2)
        sway = np.stack([np.sin(t / 17 + phase[0]), np.sin(t / 11 + phase[1])], -1)
        return still, middle + sway * [0.36 * width, 0.34 * height]
    if motion == "jerky":
        place, speed, places = middle + rng.uniform(-200, 200, 2), np.zeros(2), []
        for i in t:
            if i % 7 == 0:
                speed = rng.uniform(-22, 22, 2) * unit
            bounds = np.array([width, height])
            speed = np.where((place + speed < 0.1 * bounds) | (place + speed > 0.9 * bounds), -speed, speed)
            place = place + speed
            places.append(place + rng.normal(0, 2 * unit, 2))
        return still, np.array(places)
    sweep = np.stack([300 * np.sin(t / 20), 60 * np.sin(t / 13)], -1) * unit
    camera = sweep + np.cumsum(rng.normal(0, 1.2 * unit, (frames, 2)), 0)
    own = middle + np.stack([9 * (t - frames / 2), 4 * (t - frames / 2)], -1) * unit * rng.choice([-1, 1], 2)
    return camera, own - (camera - camera.mean(0))


def view(canvas, camera, margin, width, height):
    x, y = camera + margin
    x0, y0 = int(np.floor(x)), int(np.floor(y))
    fx, fy = x - x0, y - y0
    part = canvas[y0 : y0 + height + 1, x0 : x0 + width + 1]
    rows = part[:-1] * (1 - fy) + part[1:] * fy
    return rows[:, :-1] * (1 - fx) + rows[:, 1:] * fx


def draw(frame, texture, centre, size, angle):
    """Lays the disc over the frame, smoothed over each pixel."""
    low = np.floor(centre - size / 2 - 2).astype(int)
    extent = int(size) + 6
    if (low < 0).any() or low[0] + extent > frame.shape[1] or low[1] + extent > frame.shape[0]:
        raise SystemExit("the disc leaves the picture")
    fine = (np.arange(extent * FINE) + 0.5) / FINE - 0.5
    dx, dy = np.meshgrid(fine + low[0] - centre[0], fine + low[1] - centre[1])
    u, v = (np.cos(angle) * dx + np.sin(angle) * dy) / size, (np.cos(angle) * dy - np.sin(angle) * dx) / size
    at = [np.clip(((value + 0.5) * texture.shape[0]).astype(int), 0, texture.shape[0] - 1) for value in (v, u)]
    inside = (u * u + v * v <= 0.25).astype(np.float32)[..., None]
    per_pixel = lambda values: values.reshape(extent, FINE, extent, FINE, -1).mean((1, 3))
    share, colour = per_pixel(inside), per_pixel(texture[at[0], at[1]] * inside)
    part = frame[low[1] : low[1] + extent, low[0] : low[0] + extent]
    part[:] = part * (1 - share) + colour


def make(picture, motion, width, height, size, frames, seed):
    rng = np.random.default_rng(seed)
    margin = np.array([400, 150]) * width // 1920 if motion == "pan" else np.array([1, 1])
    canvas = background(picture, width + 2 * margin[0] + 2, height + 2 * margin[1] + 2, rng)
    camera, centres = course(motion, frames, width, height, rng)
    camera = camera - camera.mean(0)
    texture = np.clip(scaled(rng.uniform(-60, 315, (3, 5, 5)), 160, 160), 0, 255)
    angles = 0.35 * np.sin(np.arange(frames) / 9 + seed)
    sizes = size * (1 + 0.08 * np.sin(np.arange(frames) / 13))
    places = np.array([[0, 0], [0.28, 0], [-0.28, 0], [0, 0.28], [0, -0.28]])
    pole = (int(0.45 * width), int(0.45 * width) + 4 * size) if motion == "smooth" else None
    video = np.empty((frames, height, width, 3), np.uint8)
    tracks = np.empty((5, frames, 2), np.float32)
    visible = np.ones((5, frames), bool)
    for i in range(frames):
        frame = view(canvas, camera[i], margin, width, height).copy()
        draw(frame, texture, centres[i], sizes[i], angles[i])
        c, s = np.cos(angles[i]), np.sin(angles[i])
        tracks[:, i] = centres[i] + places @ np.array([[c, s], [-s, c]]) * sizes[i]
        if pole:
            frame[:, pole[0] : pole[1]] = canvas[1 : height + 1, 10 : 10 + pole[1] - pole[0]] * 0.4
            visible[:, i] = (tracks[:, i, 0] < pole[0] - 0.5) | (tracks[:, i, 0] > pole[1] - 0.5)
        frame += rng.normal(0, 2.5, (height, width, 1))
        video[i] = np.clip(frame, 0, 255)
    return dict(video=video, tracks=tracks, visible=visible)


def main(folder, *pictures):
    Path(folder).mkdir(parents=True, exist_ok=True)
    pictures = [Image.open(path).convert("RGB") for path in pictures]
    kinds = [(1920, 1080, size, 48) for size in (12, 20, 40)] + [(3840, 2160, size, 40) for size in (12, 24)]
    number = 0
    for width, height, size, frames in kinds:
        for motion in MOTIONS:
            name = Path(folder) / f"{height}p_{size}px_{motion}.npz"
            np.savez(name, **make(pictures[number % len(pictures)], motion, width, height, size, frames, number))
            number += 1


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
