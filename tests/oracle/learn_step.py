"""One step and fifty of the student in PyTorch, for src/learn: writes tests/golden/learn.safetensors.

    python tests/oracle/learn_step.py [--shared ../shared] [--out tests/golden/learn.safetensors]
    python tests/oracle/learn_step.py --time 3 --weights ../shared/weights/small.safetensors [--points 64] [--frames 24]

The network is the golden tiny one, the frames are those of golden.safetensors, whose picture moves (1.5, 1) px a frame; so
the lessons hold the truth. Windows and joining queries are those of the reference's online protocol, loss and schedule
those of its training; what is frozen here is the encoder and the visibility row of the head. Needs torch and safetensors.
"""
import argparse
import json
import math
import sys
import time
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

STEPS, ITERS, RATE, SAMPLES = 50, 3, 1e-3, 400


def load(path):
    with safe_open(path, "pt") as f:
        config = Config.from_dict(json.loads(f.metadata()["config"]))
        state = {k: f.get_tensor(k).float() for k in f.keys()}
    net = Tracker(config)
    net.load_state_dict(state, strict=True)
    return net


def follow(net, pyr, queries, iters, backwards):
    """Windows of the online protocol with gradients; each goes to `backwards` before the next one begins."""
    s, step, stride = net.cfg.window_len, net.cfg.window_len // 2, net.cfg.stride
    t, n = pyr[0].shape[1], queries.shape[1]
    qf, qxy = queries[0, :, 0].long(), queries[0, :, 1:] / stride
    tmpl = net.support(pyr, qf[None], qxy[None])
    starts = [w * step for w in range(max(0, -(-(t - s) // step)) + 1)]
    starts = [w for w in starts if (qf < w + s).any()]
    last = None
    for start in starts:
        here = (qf < start + s).nonzero()[:, 0]
        ln = min(s, t - start)
        win = [p[:, [min(start + i, t - 1) for i in range(s)]] for p in pyr]
        state = torch.zeros(s, n, 4)
        state[..., :2] = qxy
        if last is not None:
            rolled = torch.cat([last[step:], last[-1:].expand(step, -1, -1)])
            state = torch.where((qf < start + step)[None, :, None], rolled, state)
        c, v, f = net.window(win, [z[:, here] for z in tmpl], state[None, :, here, :2], state[None, :, here, 2], state[None, :, here, 3], iters)
        whole = lambda z: z.new_zeros(1, s, n, *z.shape[3:]).index_copy(2, here, z)[:, :ln]  # frames before a query do not count
        backwards((start, ln, [whole(z) for z in c], [whole(z) for z in v], [whole(z) for z in f]), len(starts))
        last = state.clone()
        last[:, here] = torch.cat([c[-1][0] / stride, v[-1][0, ..., None], f[-1][0, ..., None]], -1).detach()


def losses_and_gradient(net, params, lesson, iters, weights=(0.2, 0.5)):
    """Position and confidence loss of a lesson; the gradients are left in the parameters."""
    for p in params.values():
        p.grad = None
    total = torch.zeros(2)

    def backwards(window, count):
        position, _, confidence = tracking_loss([window], lesson, lesson["video"].shape[-2])
        ((weights[0] * position + weights[1] * confidence) / count).backward()
        total.add_(torch.stack([position, confidence]).detach() / count)

    follow(net, lesson["pyr"], lesson["queries"], iters, backwards)
    for name in ("updateformer.vis_conf_head.weight", "updateformer.vis_conf_head.bias"):
        params[name].grad[0] = 0
    return total


def rate_factor(p, warm=0.03):  # train.py's lr_factor
    if p < warm:
        return 0.04 + 0.96 * p / warm
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (p - warm) / (1 - warm)))) * 0.998 + 0.002


def trained(net):
    net.requires_grad_(False)
    params = {k: p for k, p in net.named_parameters() if not k.startswith("fnet.")}
    for p in params.values():
        p.requires_grad_(True)
    return params


def take_step(params, opt, rate):
    for g in opt.param_groups:
        g["lr"] = rate
    head = [params[f"updateformer.vis_conf_head.{k}"] for k in ("weight", "bias")]
    kept = [p[0].detach().clone() for p in head]
    norm = torch.nn.utils.clip_grad_norm_(params.values(), 1.0)
    opt.step()
    with torch.no_grad():  # weight decay would shrink what is frozen
        for p, k in zip(head, kept):
            p[0] = k
    return norm


def adamw(params):
    return torch.optim.AdamW(params.values(), lr=RATE, betas=(0.9, 0.99), weight_decay=1e-4)


def lesson(net, video, first, queries):
    """Queries (frame, x, y) of the stretch; the label is where the picture moved them."""
    t = video.shape[1]
    q = torch.tensor(queries)
    frames = torch.arange(first, first + t)
    shift = torch.stack([(3 * frames) // 2, frames], -1).float()  # what the picture lost on the left and above
    places = q[None, :, 1:] + shift[q[:, 0].long()][None] - shift[:, None]
    h, w = video.shape[-2:]
    inside = (places >= 0).all(-1) & (places[..., 0] <= w - 1) & (places[..., 1] <= h - 1)
    hidden = (7 * torch.arange(t)[:, None] + 3 * torch.arange(len(q))[None]) % 5 == 0
    with torch.no_grad():
        pyr = net.features(video)
    return dict(video=video, pyr=pyr, queries=q[None], tracks=places[None], vis=(inside & ~hidden)[None])


def golden(a):
    net = load(a.shared / "golden/tiny.safetensors")
    params = trained(net)
    film = load_file(a.shared / "golden/golden.safetensors")["video"][None].float()
    lessons = [lesson(net, film[:, :27], 0, [[0, 50.25, 48.5], [0, 90.0, 60.0], [0, 30.5, 20.25], [3, 70.0, 66.0], [7, 60.5, 40.0],
                                             [10, 44.0, 55.5], [20, 80.25, 33.0], [26, 20.0, 20.0]]),
               lesson(net, film[:, 9:29], 9, [[0, 60.0, 60.0], [1, 85.5, 30.0], [4, 40.0, 64.25], [9, 77.0, 50.0], [17, 33.3, 44.4]])]
    out = {}
    for i, le in enumerate(lessons):
        out |= {f"queries{i}": le["queries"][0], f"places{i}": le["tracks"][0], f"visible{i}": le["vis"][0].to(torch.uint8)}
    first = losses_and_gradient(net, params, lessons[0], ITERS)
    out["losses"] = first
    for name, p in params.items():
        g = p.grad.flatten()
        out[f"length.{name}"] = g.norm()[None]
        out[f"gradient.{name}"] = g[:: max(1, -(-len(g) // SAMPLES))].clone()
    opt, curve = adamw(params), []
    for step in range(STEPS):
        found = losses_and_gradient(net, params, lessons[step % 2], ITERS)
        norm = take_step(params, opt, RATE * rate_factor(step / STEPS))
        curve.append(torch.cat([found, norm[None]]))
    out["curve"] = torch.stack(curve)
    print(out["curve"][[0, 1, 2, 3, 10, 11, 30, 31, -2, -1]])
    save_file({k: v.contiguous() for k, v in out.items()}, a.out, metadata={"torch": torch.__version__, "command": "python tests/oracle/learn_step.py"})
    print("bytes", Path(a.out).stat().st_size, "lengths", float(sum(out[k] ** 2 for k in out if k.startswith("length.")).sqrt()))


def timing(a):
    torch.set_num_threads(a.threads)
    net = load(a.weights)
    params, (h, w) = trained(net), net.cfg.model_resolution
    g = torch.Generator().manual_seed(0)
    video = torch.rand(1, a.frames, 3, h, w, generator=g) * 255
    q = torch.rand(1, a.points, 3, generator=g) * torch.tensor([0.0, w - 1, h - 1])
    with torch.no_grad():
        pyr = net.features(video)
    tracks = q[:, None, :, 1:].expand(1, a.frames, a.points, 2).contiguous()
    le = dict(video=video, pyr=pyr, queries=q, tracks=tracks, vis=torch.ones(1, a.frames, a.points, dtype=torch.bool))
    opt = adamw(params)
    for i in range(a.time + 1):
        t0, cpu = time.perf_counter(), time.process_time()
        losses_and_gradient(net, params, le, a.iters)
        take_step(params, opt, 1e-5)
        print("warm-up" if i == 0 else "step", f"{time.perf_counter() - t0:.2f} s, of all threads {time.process_time() - cpu:.2f} s", flush=True)


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--shared", type=Path, default=Path("../shared"))
    p.add_argument("--out", default="tests/golden/learn.safetensors")
    p.add_argument("--time", type=int, help="measures so many steps instead")
    p.add_argument("--weights")
    p.add_argument("--points", type=int, default=64)
    p.add_argument("--frames", type=int, default=24)
    p.add_argument("--iters", type=int, default=4)
    p.add_argument("--threads", type=int, default=2)
    args = p.parse_args()
    sys.path.insert(0, str(args.shared / "train"))
    from losses import tracking_loss
    from model import Config, Tracker
    timing(args) if args.time else golden(args)
