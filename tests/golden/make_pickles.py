#!/usr/bin/env python3
"""Makes pickles of tiny clips in the forms that TAP-Vid's files have.

`python3 make_pickles.py`; needs numpy and pillow.
"""
import io
import pickle
from pathlib import Path

import numpy as np
from PIL import Image

T, H, W, N = 4, 12, 16, 2
t, y, x, c = np.ogrid[:T, :H, :W, :3]
video = ((40 * t + 3 * y + 5 * x + 30 * c) % 256).astype(np.uint8)
n, t = np.ogrid[:N, :T]
points = np.stack(np.broadcast_arrays((2 + 3 * n + t) / W, (1 + 2 * n + t) / H), -1)
occluded = (n == 1) & ((t == 0) | (t == 3))


def jpeg(picture):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=95, subsampling=0)
    return file.getvalue()


pictures = [jpeg(picture) for picture in video]
objects = np.empty(T, object)
objects[:] = pictures
plain = {"video": video, "points": points.astype(np.float32), "occluded": occluded}
coded = {"video": pictures, "points": points, "occluded": occluded}
other = {"video": objects, "points": np.asfortranarray(points), "occluded": occluded}
for protocol, clips in [(2, [plain]), (4, {"plain": plain, "coded": coded}), (5, {"plain": plain, "coded": other})]:
    Path(__file__).with_name(f"clips_{protocol}.pkl").write_bytes(pickle.dumps(clips, protocol))
