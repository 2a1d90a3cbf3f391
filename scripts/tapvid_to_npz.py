#!/usr/bin/env python3
"""Turns a TAP-Vid pickle into the files that `cotrail eval` reads: one NPZ for each clip.

    python3 scripts/tapvid_to_npz.py tapvid_davis.pkl clips/

The pickle holds name -> {video u8 [T,H,W,3], points f32 [N,T,2] from 0 to 1, occluded bool [N,T]}, (0, 0) being the outer corner of
the top-left pixel. An NPZ holds `video` as it is, `tracks` f32 [N,T,2] in pixels, (0, 0) the centre of the top-left one, and `visible`
bool [N,T]. Reading a pickle runs what is in it: take only files that you trust. Needs numpy.
"""
import pickle
import sys
from pathlib import Path

import numpy as np


def main(source, folder):
    clips = pickle.loads(Path(source).read_bytes())
    clips = clips if isinstance(clips, dict) else {f"{i:03}": clip for i, clip in enumerate(clips)}
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, clip in clips.items():
        height, width = clip["video"].shape[1:3]
        tracks = clip["points"].astype(np.float64) * [width, height] - 0.5
        np.savez(Path(folder) / f"{name}.npz", video=clip["video"], tracks=tracks.astype(np.float32), visible=~clip["occluded"])
    print(f"{len(clips)} clips in {folder}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
