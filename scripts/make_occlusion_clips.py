#!/usr/bin/env python3
"""Makes rendered clips whose bodies are long hidden, with exact truth, for `cotrail eval`.

    python3 scripts/make_occlusion_clips.py clips/ picture.png [picture.png ...]

A ray caster: two textured bodies (box, ellipsoid, cylinder) in a textured room, before a swaying, shaking camera. They
go behind a pillar, or a wall or another body comes before them and what is near them, for 20, 40, 70 and 100 frames.
While hidden they drift (and turn by 8 degrees), turn (30 and 60 degrees, about the upright or the camera's axis), or
come nearer and go away (1.5 times). With light, changing exposure and noise, without motion blur. 12 clips, 384 x 256,
36 points each where there is texture, a third of them on the room; `bodies` [N] says what each is on, -1 is the room.
About ten minutes, 500 MB. Needs numpy and pillow.
"""
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT, FOCAL = 384, 256, 380.0
MIDDLE = np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2])
LEAD, MOVE, TAIL = 14, 12, 34
SAMPLES = [(-0.25, -0.25), (0.25, 0.25)]  # rays through each pixel
LIGHT = np.array([-0.5, -0.7, -0.5]) / np.linalg.norm([0.5, 0.7, 0.5])  # towards the light
FORMS = {"box": ([0, 1, 2], []), "room": ([0, 1, 2], []), "ellipsoid": ([], [0, 1, 2]), "cylinder": ([1], [0, 2])}
ROOM, OCCLUDER = -1, 2  # numbers of bodies; 0 and 1 are those that move


def turned(axis, degrees):
    """A turn about an axis, as a matrix."""
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(np.radians(degrees)) * cross + (1 - np.cos(np.radians(degrees))) * cross @ cross


def smooth(t, start, frames):
    """From 0 to 1 over some frames."""
    return 0.5 - 0.5 * np.cos(np.pi * np.clip((t - start) / frames, 0, 1))


class Body:
    """A rigid thing: its form, half its size, and a picture on each face of its
    box. `extent`: what the pictures are wide in the world; seen from `depth`, a texel is about a pixel."""

    def __init__(self, form, half, pictures, extent, depth, rng):
        self.form, self.half, self.texels = form, np.asarray(half, float), 1.2 * FOCAL / depth
        width = round(extent * self.texels)
        small = lambda picture: picture.resize((width, round(width * picture.height / picture.width)), Image.LANCZOS)
        self.pictures = [np.asarray(small(picture), np.float32) for picture in pictures]
        self.shifts = rng.uniform(0, 1, (6, 2))

    def cast(self, origin, rays):
        """How far along each ray it is hit, in the body's own space; infinite where it is not."""
        flat, around = FORMS[self.form]  # axes
        near, far = np.full(len(rays), -np.inf), np.full(len(rays), np.inf)
        with np.errstate(divide="ignore", invalid="ignore"):
            if flat:
                o, d, half = origin[flat], rays[:, flat], self.half[flat]
                ends = np.stack([(-half - o) / d, (half - o) / d])
                near, far = ends.min(0).max(-1), ends.max(0).min(-1)
            if around:
                o, d = origin[around] / self.half[around], rays[:, around] / self.half[around]
                a, b, c = (d * d).sum(-1), (o * d).sum(-1), (o * o).sum(-1) - 1
                root = np.sqrt(b * b - a * c)  # not a number where it is missed
                near, far = np.maximum(near, (-b - root) / a), np.minimum(far, (root - b) / a)
        return far if self.form == "room" else np.where((near <= far) & (near > 0), near, np.inf)

    def normal(self, at):
        """Outwards (of a room inwards), at places on the surface."""
        share = np.abs(at / self.half)
        flat, around = FORMS[self.form]
        out = np.zeros_like(at)
        out[:, around] = at[:, around] / self.half[around] ** 2
        if flat:
            is_flat = share[:, flat].max(-1) > 0.9999
            out[is_flat] = (np.eye(3)[flat][share[:, flat].argmax(-1)] * np.sign(at))[is_flat]
        return out / np.linalg.norm(out, axis=-1, keepdims=True) * (-1 if self.form == "room" else 1)

    def colour(self, at):
        """Of the face's picture, at places on the surface; a picture that is too small goes on mirrored."""
        axis = np.abs(at / self.half).argmax(-1)
        face = 2 * axis + (at[np.arange(len(at)), axis] > 0)
        colour = np.empty((len(at), 3), np.float32)
        for number in range(6):
            some, across = np.flatnonzero(face == number), [(2, 1), (0, 2), (0, 1)][number // 2]
            picture, half = self.pictures[number % len(self.pictures)], self.half[list(across)]
            last = np.array(picture.shape[1::-1]) - 1
            shift = self.shifts[number] * np.maximum(0, last - 2 * half * self.texels)
            uv = last - np.abs(((at[some][:, across] + half) * self.texels + shift) % (2 * last) - last)
            low = np.minimum(uv.astype(int), last - 1)
            (fx, fy), (x, y) = (uv - low).T[:, :, None].astype(np.float32), low.T
            top = picture[y, x] * (1 - fx) + picture[y, x + 1] * fx
            colour[some] = top * (1 - fy) + (picture[y + 1, x] * (1 - fx) + picture[y + 1, x + 1] * fx) * fy
        return colour


@dataclass
class Scene:
    """Bodies by number, and where they and the camera are on each frame: (centre, turn)."""

    bodies: dict
    poses: dict
    camera: list

    def cast(self, frame, origin, rays, window=None):
        """How far each ray of the world goes, and to which body; `window`: its pixel, to leave bodies out sooner."""
        nearest, which = np.full(len(rays), np.inf), np.full(len(rays), ROOM)
        for number, body in self.bodies.items():
            centre, turn = self.poses[number][frame]
            some = slice(None)
            if window is not None and body.form != "room":
                radius, depth = np.linalg.norm(body.half), centre[2] - self.camera[frame][0][2]
                reach = 1.3 * FOCAL * radius / max(depth - radius, 0.3)
                some = np.flatnonzero((np.abs(window - self.project(frame, centre)) <= reach).all(-1))
            hit = body.cast((origin - centre) @ turn, rays[some] @ turn)
            is_nearer = hit < nearest[some]
            nearest[some] = np.where(is_nearer, hit, nearest[some])
            which[some] = np.where(is_nearer, number, which[some])
        return nearest, which

    def rays(self, frame, pixels):
        """Through places of the picture, as long as reaches a depth of 1."""
        return np.pad((pixels - MIDDLE) / FOCAL, ((0, 0), (0, 1)), constant_values=1) @ self.camera[frame][1].T

    def project(self, frame, world):
        origin, turn = self.camera[frame]
        seen = (world - origin) @ turn
        return seen[..., :2] / seen[..., 2:] * FOCAL + MIDDLE

    def render(self, frame):
        """The picture without noise, [H, W, 3] from 0 to 255."""
        grid = np.stack(np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT)), -1).reshape(-1, 2).astype(float)
        origin, total = self.camera[frame][0], 0
        for offset in SAMPLES:
            rays = self.rays(frame, grid + offset)
            far, which = self.cast(frame, origin, rays, grid)
            colour = np.empty((len(rays), 3), np.float32)
            for number, body in self.bodies.items():
                some = np.flatnonzero(which == number)
                centre, turn = self.poses[number][frame]
                at = (origin + rays[some] * far[some, None] - centre) @ turn
                light = 0.7 + 0.5 * np.maximum(0, body.normal(at) @ (LIGHT @ turn))
                colour[some] = body.colour(at) * light[:, None]
            total = total + colour
        return (total / len(SAMPLES)).reshape(HEIGHT, WIDTH, 3)

    def truth(self, frame, numbers, places):
        """Where points are in the picture and which can be seen; `places` [N, 3] in their bodies' own space."""
        world = np.empty_like(places)
        for number in self.bodies:
            centre, turn = self.poses[number][frame]
            world[numbers == number] = places[numbers == number] @ turn.T + centre
        points = self.project(frame, world)
        nearest, _ = self.cast(frame, self.camera[frame][0], world - self.camera[frame][0])
        return points, ((points >= 0) & (points <= 2 * MIDDLE)).all(-1) & (nearest > 1 - 2e-3)


def camera(t, rng):
    """Sways by some pixels, and shakes by half a one."""
    phase = rng.uniform(0, 6.28, 5)
    wave = lambda size, period, phase: size * np.sin(t / period + phase)
    origins = np.stack([wave(0.1, 23, phase[0]), wave(0.05, 17, phase[1]), wave(0.1, 31, 0)], -1)
    sway = np.stack([wave(0.008, 19, phase[2]), wave(0.012, 27, phase[3]), wave(0.02, 29, phase[4])], -1)
    angles = np.degrees(sway + rng.normal(0, 0.0012, (len(t), 3)))
    turns = [turned([1, 0, 0], x) @ turned([0, 1, 0], y) @ turned([0, 0, 1], z) for x, y, z in angles]
    return list(zip(origins, turns))


def body_path(number, kind, occluder, gap, t, start):
    """Body 0 is above and near, body 1 below and farther off; `start` is how it lies."""
    hidden = smooth(t, LEAD + MOVE, gap)
    side, depth = (1, 5.6) if number == 0 else (-1, 6.8)
    x, y = side * (-30 + 45 * t / t[-1]), -52 * side + 4 * np.sin(t / 18 + number)
    if occluder == "pillar":
        away = 105 * (smooth(t, LEAD, MOVE) + smooth(t, LEAD + MOVE + gap, MOVE) - 1)
        x = side * (away + 16 * np.clip((t - LEAD - MOVE) / gap, 0, 1) - 8)
    z = depth * (1.0 + 0.03 * np.sin(t / 21)) * (1.5 ** (hidden * -side) if kind == "size" else 1)
    angle, axis = 8, [0.2, 1, 0.1]
    if kind == "turn":
        angle, axis = (30, 60)[number], [0.1, 1, 0.1] if gap in (20, 70) else [0.1, 0.1, 1]
    centres = np.stack([x * z / FOCAL, y * z / FOCAL, z], -1)
    angles = 4 * np.sin(t / 15 + number) + angle * hidden
    return [(centre, turned(axis, angle) @ start) for centre, angle in zip(centres, angles)]


def occluder_of(kind, gap, t, pictures, rng):
    """The occluder and its poses: a pillar stands; a wall comes and goes back; a body comes, turns and goes through."""
    if kind == "pillar":
        return Body("box", [0.56, 4, 0.15], pictures, 4, 2.8, rng), [(np.array([0, 0, 2.8]), np.eye(3))] * len(t)
    come, go = smooth(t, LEAD, MOVE), smooth(t, LEAD + MOVE + gap, MOVE)
    x, half, extent, sway = -2.8 * (1 - come + go), [0.95, 4, 0.1], 5, 0
    if kind == "body":
        x, half, extent, sway = 2.9 * (come + go - 1), [0.92, 1.25, 0.2], 4, 3
    poses = [(np.array([at, 0, 2.8]), turned([0, 0.3, 1], sway * np.sin(i / 9))) for i, at in enumerate(x)]
    return Body("box", half, pictures, extent, 2.8, rng), poses


def chosen(scene, picture, counts, rng):
    """Points on the first frame where there is texture: what they are on, and where in its own space."""
    detail = np.hypot(*np.gradient(picture.mean(-1)))
    detail = sum(np.roll(detail, (x, y), (1, 0)) for x in range(-3, 4) for y in range(-3, 4))[6:-6, 6:-6].ravel()
    pixels = np.stack(np.mgrid[6 : HEIGHT - 6, 6 : WIDTH - 6].reshape(2, -1)[::-1], -1).astype(float)
    origin, rays = scene.camera[0][0], scene.rays(0, pixels)
    far, which = scene.cast(0, origin, rays)
    places = []
    for number, count in counts.items():
        own = np.flatnonzero(which == number)
        taken = rng.choice(own[detail[own] >= np.median(detail[own])], count, replace=False)
        centre, turn = scene.poses[number][0]
        places.append((origin + rays[taken] * far[taken, None] - centre) @ turn)
    return np.repeat(list(counts), list(counts.values())), np.concatenate(places)


def make(pictures, kind, occluder, gap, seed):
    rng = np.random.default_rng(seed)
    t = np.arange(LEAD + MOVE + gap + MOVE + TAIL)
    some = [pictures[(seed + i) % len(pictures)] for i in range(8)]
    bodies, poses = {}, {}
    for number, (scale, depth) in enumerate(((1.0, 5.6), (1.2, 6.8))):
        form = ("box", "ellipsoid", "cylinder")[(seed + number) % 3]
        half = np.array([0.55, 0.55, 0.5]) * scale
        bodies[number] = Body(form, half, some[2 * number : 2 * number + 2], 2.6 * scale, depth, rng)
        poses[number] = body_path(number, kind, occluder, gap, t, turned(rng.normal(0, 1, 3), 12))
    bodies[OCCLUDER], poses[OCCLUDER] = occluder_of(occluder, gap, t, some[4:5], rng)
    bodies[ROOM] = Body("room", [5, 2.7, 8.5], some[3:], 12, 10, rng)
    poses[ROOM] = [(np.array([0, 0, 5.5]), np.eye(3))] * len(t)
    scene = Scene(bodies, poses, camera(t, rng))
    numbers, places = chosen(scene, scene.render(0), {0: 12, 1: 12, ROOM: 12}, rng)
    video = np.empty((len(t), HEIGHT, WIDTH, 3), np.uint8)
    tracks, visible = np.empty((36, len(t), 2), np.float32), np.empty((36, len(t)), bool)
    for i in t:
        picture = scene.render(i) * (1 + 0.06 * np.sin(i / 23 + seed))
        video[i] = np.clip(picture + rng.normal(0, 2.5, picture.shape) + 0.5, 0, 255)
        tracks[:, i], visible[:, i] = scene.truth(i, numbers, places)
    return dict(video=video, tracks=tracks, visible=visible, bodies=numbers)


def main(folder, *pictures):
    Path(folder).mkdir(parents=True, exist_ok=True)
    pictures = [Image.open(path).convert("RGB") for path in pictures]
    for seed, (kind, gap) in enumerate(product(("drift", "turn", "size"), (20, 40, 70, 100))):
        occluder = ("pillar", "wall", "body")[seed % 3]
        np.savez(Path(folder) / f"{kind}_{gap:03}_{occluder}.npz", **make(pictures, kind, occluder, gap, seed))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
