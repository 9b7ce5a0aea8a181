"""Learned occlusion offsets: where a hidden player goes, told by what the others do meanwhile.

Under a panning camera constant velocity is wrong within half a second, but everybody in the
picture moves with the pan. A small net looks at the others: where they stand, how they moved
before and how they moved during the gap. Attention over them says how the picture moved where the
hidden player is; their own motion against the others, before they were hidden, is carried on; a
residual is added. As all of it is relative to the others, a pan changes the answer by exactly the
pan (deep sets with attention; the offset's units and loss after METHODS "learned occlusion
offsets", the noise on its training boxes and the radius loss from our own measurements).

The forward pass is NumPy: 22 tracks are too few for a tensor library to pay, and `follow` starts
at once. `tracker.training.network` is its twin in torch, for training and export.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from tracker.errors import TeamsheetError
from tracker.types import Doubles, Floats, Index, Ints, Mask

LAGS_S = np.array([0.04, 0.08, 0.16, 0.3, 0.55, 1.0])
"""How long before the last sighting the past is looked at."""
OTHERS = 16
"""At most so many others are looked at, the nearest."""
HORIZON_S = 3.0
"""Longer gaps were not learned; the motion filter goes on from there."""
GAP_BINS_S = (0.0, 0.12, 0.3, 0.7, 1.5, HORIZON_S)
"""Edges of the gap bins that are opened or closed one by one."""
SHIPPED = "occlusion_net.safetensors"


class OffsetError(TeamsheetError):
    """The file holds no offset net of this version; the message names the remedy."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What the net is told of H hidden players and K others; lengths in body heights of each
    hidden player at their last sighting, NaN = not known.

    gap_s: (H,) seconds since that sighting. own: (H, L, 3) how they moved from each lag to it, and
    the change of their log height. others: (H, K, 3 + 2 L) of each other at that sighting: where
    they were relative to the hidden player (2), how much larger (log height), how they had moved
    from each lag to it (2 L); all NaN for an empty place. since: (H, K, 3) change of their log
    height and how they moved (2) since then; NaN where they are not seen now.
    """

    gap_s: Floats
    own: Floats
    others: Floats
    since: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """All of the answer that is settled when a player vanishes, for H of them.

    near: (H, K) an other's weight in the mean of the pack; channels: (H, K, 2 L) and known:
    (H, K, L) the others' past; own: (H, L, 2) and had: (H, L) their own. tokens: (H, K, TOKEN) and
    query: (H, QUERY) are sums that go into the layers of these names.
    """

    near: Floats
    channels: Floats
    known: Floats
    own: Floats
    had: Floats
    tokens: Floats
    query: Floats

    def pick(self, index: Index) -> Prepared:
        """The hidden players of an index or mask array."""
        return Prepared(*(getattr(self, f.name)[index] for f in fields(self)))

    def join(self, other: Prepared) -> Prepared:
        """These, then those of `other`."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Prepared(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True, slots=True, eq=False)
class Offsets:
    """Where H hidden players went since their last sighting.

    moved: (H, 4) dx, dy in body heights, change of log width and log height. std: (H, 4) likewise.
    """

    moved: Doubles
    std: Doubles


def others_before(last: Doubles, then: Doubles, before: Doubles) -> Floats:
    """The others of a Scene, (H, N, 3 + 2 L).

    Places cx, cy, log w, log h in pixels of one common frame. last: (H, 4) the hidden at their
    last sightings. then: (H, N, 4) the others at that moment, before: (H, N, L, 4) at the lags.
    NaN where somebody was not seen. N may be anything, also 0.
    """
    h, n = then.shape[:2]
    size = np.exp(last[:, 3])[:, None, None]
    others = np.empty((h, n, 3 + 2 * LAGS), np.float32)
    others[..., :2] = (then[..., :2] - last[:, None, :2]) / size
    others[..., 2] = then[..., 3] - last[:, None, 3]
    passed = (then[:, :, None, :2] - before[..., :2]) / size[..., None]
    others[..., 3:] = passed.reshape(h, n, 2 * LAGS)
    return np.clip(others, -_FARTHEST[0], _FARTHEST[0], out=others)


def own_before(last: Doubles, past: Doubles) -> Floats:
    """The own past of a Scene, (H, L, 3). past: (H, L, 4) places at the lags."""
    own = last[:, None] - past
    own[..., :2] /= np.exp(last[:, 3])[:, None, None]
    return np.clip(own[..., [0, 1, 3]], -_FARTHEST[0], _FARTHEST[0]).astype(np.float32)


SINCE = [3, 0, 1]
"""The columns of a place cx, cy, log w, log h that `moved_since` looks at, in its order."""


def moved_since(last: Doubles, then: Doubles, now: Doubles) -> Floats:
    """What the others of a Scene did since, (H, N, 3).

    then, now: (H, N, 3) log h, cx, cy of the others. last: (H, 4) places of the hidden at their
    last sightings; all in the same pixels.
    """
    scale = np.ones((len(last), 1, 3))
    scale[:, 0, 1:] = np.exp(-last[:, 3:])
    moved = (now - then) * scale
    np.minimum(np.maximum(moved, -_FARTHEST[0], out=moved), _FARTHEST[0], out=moved)
    return moved.astype(np.float32)


def nearest(others: Floats) -> Ints:
    """(H, K) indices of the OTHERS nearest others, or of all; the unknown come last."""
    distance = np.nan_to_num((others[..., :2] ** 2).sum(axis=2), nan=np.inf)
    return np.argsort(distance, axis=1, kind="stable")[:, :OTHERS]


@dataclass(frozen=True, slots=True, eq=False)
class OffsetNet:
    """A trained net: weights by name, what its file says of itself, and which gap bins are open."""

    weights: dict[str, Floats]
    card: dict[str, object]
    is_open: Mask

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> OffsetNet:
        """Read a safetensors file. Raises OffsetError, naming `name`, on anything else."""
        try:
            weights = load(data)
            length = int.from_bytes(data[:8], "little")
            header = json.loads(data[8 : 8 + length])["__metadata__"]
            card = json.loads(header["card"])
            is_open = np.array(card["open"], bool)
        except (SafetensorError, ValueError, KeyError, TypeError) as error:
            raise OffsetError(f"{name}: not an offset net; make one with train-offsets") from error
        net = cls({k: v.astype(np.float32) for k, v in weights.items()}, card, is_open)
        if {k: v.shape for k, v in net.weights.items()} != SHAPES or is_open.shape != (BINS,):
            raise OffsetError(f"{name}: made by another version; make it anew with train-offsets")
        return net

    def opens(self, gap_s: Doubles) -> Mask:
        """(H,) True where the net beat the Kalman filter in validation, up to the horizon."""
        place = np.searchsorted(GAP_BINS_S, gap_s, side="left") - 1
        inside = (place >= 0) & (place < BINS)
        return np.asarray(inside & self.is_open[place % BINS])

    def predict(self, scene: Scene) -> Offsets:
        """The answer for every hidden player of a scene, in one pass."""
        prepared = prepare(self.weights, scene.own, scene.others)
        return self.answer(prepared, scene.gap_s, scene.since)

    def answer(self, prepared: Prepared, gap_s: Floats, since: Floats) -> Offsets:
        """The answer for players of whom all but the present is prepared."""
        mean, log_variance = answer(self.weights, prepared, gap_s, since)
        moved = np.minimum(np.maximum(mean, -_FARTHEST), _FARTHEST)
        spread = np.minimum(np.maximum(log_variance, _LOG_VARIANCES[0]), _LOG_VARIANCES[1])
        return Offsets(moved, np.exp(spread / 2).astype(np.float64))


@cache
def shipped() -> OffsetNet:
    """The net that comes with the package; its card says what it was trained on."""
    data = resources.files("tracker.tracking").joinpath(SHIPPED).read_bytes()
    return OffsetNet.from_bytes(data, SHIPPED)


BINS = len(GAP_BINS_S) - 1
LAGS = len(LAGS_S)
HEADS, TOKEN, QUERY = 2, 48, 64
TOKEN_KNOWN, QUERY_KNOWN = 4 + 3 * LAGS, 4 * LAGS  # what is known when somebody vanishes
TOKEN_IN, QUERY_IN = TOKEN_KNOWN + 3, QUERY_KNOWN + 4
OUT = HEADS + LAGS + 8
FALL = np.float32(0.05)  # an other's weight halves at sqrt(20) heights, where the pack is averaged
SOON_S = np.float32(0.02)  # keeps the logarithm of a gap finite
TICK_S = np.float32(0.05)  # keeps speeds over short gaps from being all noise
SPREAD = np.float32(1.6)  # log-variance per log second, before anything is learned
UNSEEN = np.float32(-1e9)  # attention score of who is not seen
TINY = np.float32(1e-20)  # however little the weights, their mean is a mean
SHAPES: dict[str, tuple[int, ...]] = {
    "token.weight": (TOKEN, TOKEN_IN),
    "token.bias": (TOKEN,),
    "asked.weight": (TOKEN, QUERY_IN),
    "mixed.weight": (TOKEN, TOKEN),
    "mixed.bias": (TOKEN,),
    "attend.weight": (HEADS, TOKEN),
    "query.weight": (QUERY, QUERY_IN + HEADS * TOKEN),
    "query.bias": (QUERY,),
    "deep.weight": (QUERY, QUERY),
    "deep.bias": (QUERY,),
    "out.weight": (OUT, QUERY),
    "out.bias": (OUT,),
}
_FARTHEST = np.array([60.0, 60.0, 1.0, 1.0])  # heights, log size: nothing truer lies beyond
_LOG_VARIANCES = 2 * np.log(np.array([0.002, 20.0], np.float32))
_RATES = (1 / LAGS_S).astype(np.float32)


def prepared_shapes(others: int) -> tuple[tuple[int, ...], ...]:
    """Of the fields of Prepared, for one hidden player."""
    past = (others, LAGS)
    return (others,), (others, 2 * LAGS), past, (LAGS, 2), (LAGS,), (others, TOKEN), (QUERY,)


def prepare(w: dict[str, Floats], own: Floats, others: Floats) -> Prepared:
    """The first half of the pass. w: weights; own, others: see Scene."""
    h, k = others.shape[:2]
    own, had = _filled(own)
    had = had[..., 0]
    others, there = _filled(others)
    known = there[..., 3::2]
    channels = others[..., 3:].reshape(h, k, LAGS, 2)
    far = (others[..., :2] ** 2).sum(2, keepdims=True)
    near = there[..., :1] / (1 + FALL * far)
    pack = _mean(near * known, channels)
    apart = ((channels - pack[:, None]) * known[..., None]).reshape(h, k, 2 * LAGS)
    inputs = np.concatenate([others[..., :3], np.log1p(np.sqrt(far)), known, apart], axis=2)
    against = own.copy()
    against[..., :2] -= pack
    inputs_others = np.concatenate([(against * had[..., None]).reshape(h, -1), had], axis=1)
    tokens = inputs @ w["token.weight"][:, :TOKEN_KNOWN].T + w["token.bias"]
    tokens += (inputs_others @ w["asked.weight"][:, :QUERY_KNOWN].T)[:, None]
    query = inputs_others @ w["query.weight"][:, :QUERY_KNOWN].T + w["query.bias"]
    return Prepared(near[..., 0], others[..., 3:], known, own[..., :2], had, tokens, query)


def answer(
    w: dict[str, Floats], prepared: Prepared, gap_s: Floats, since: Floats
) -> tuple[Floats, Floats]:
    """The second half: (H, 4) means and (H, 4) log-variances. gap_s, since: see Scene.

    Both halves are the twin of `tracker.training.network.Net.forward`.
    """
    h, k = since.shape[:2]
    p, gap = prepared, gap_s[:, None]
    since, there = _filled(since)
    seen, moved = there[..., :1], since[..., 1:].copy()
    log_gap = np.log(gap + SOON_S)
    count = np.log1p(seen.sum(1))
    inputs = np.concatenate([gap, np.sqrt(gap), log_gap, count], axis=1)
    close = (p.near * seen[..., 0])[:, None]
    since[..., 1:] -= close @ moved / np.maximum(close.sum(2, keepdims=True), TINY)
    since *= seen / (gap + TICK_S)[..., None]
    x = since @ w["token.weight"][:, TOKEN_KNOWN:].T
    x += p.tokens
    x += (inputs @ w["asked.weight"][:, QUERY_KNOWN:].T)[:, None]
    x = np.maximum(x, 0, out=x).reshape(h * k, TOKEN) @ w["mixed.weight"].T
    x += w["mixed.bias"]
    attention = np.maximum(x, 0, out=x) @ w["attend.weight"].T
    attention = np.where(seen > 0, attention.reshape(h, k, HEADS), UNSEEN)
    attention = np.exp(attention - attention.max(1, keepdims=True, initial=UNSEEN)) * seen
    attention /= np.maximum(attention.sum(1, keepdims=True), TINY)
    pooled = (attention.swapaxes(1, 2) @ x.reshape(h, k, TOKEN)).reshape(h, -1)
    x = np.concatenate([inputs, pooled], axis=1) @ w["query.weight"][:, QUERY_KNOWN:].T
    x += p.query
    x = np.maximum(x, 0, out=x) @ w["deep.weight"].T
    x += w["deep.bias"]
    out = np.maximum(x, 0, out=x) @ w["out.weight"].T + w["out.bias"]
    rest = _composed(out, attention, moved, prepared, gap)
    return rest[:, :4], rest[:, 4:] + SPREAD * log_gap


def _composed(out: Floats, attention: Floats, moved: Floats, p: Prepared, gap: Floats) -> Floats:
    """(H, 8) of the net's last layer `out`: where the attended others carry everybody, plus their
    own motion against them, plus a residual."""
    h = len(out)
    mix = out[:, :HEADS, None]
    mix = np.exp(mix - mix.max(1, keepdims=True))
    weight = (attention @ (mix / mix.sum(1, keepdims=True))).swapaxes(1, 2)  # (H, 1, K)
    carried = weight @ moved
    before = (weight @ p.channels).reshape(h, LAGS, 2)
    before /= np.maximum(weight @ p.known, TINY).reshape(h, LAGS, 1)
    kept = (out[:, HEADS : HEADS + LAGS] * p.had * _RATES)[:, None]
    going = kept @ (p.own - before)
    rest = out[:, HEADS + LAGS :]
    rest[:, :2] += going[:, 0]
    rest[:, :2] *= gap
    rest[:, :2] += carried[:, 0]
    return np.asarray(rest)


def _filled(values: Floats) -> tuple[Floats, Floats]:
    """The values with 0 in place of NaN; 1 where there was a value, else 0."""
    unknown = np.isnan(values)
    return np.where(unknown, np.float32(0), values), (~unknown).astype(np.float32)


def _mean(weight: Floats, channels: Floats) -> Floats:
    """(H, C, 2) mean over the others of (H, K, C, 2), weighted by (H, K, C); 0 where is none."""
    total = np.maximum(weight.sum(1), TINY)
    return np.asarray(np.einsum("hkc,hkcd->hcd", weight, channels) / total[..., None])
