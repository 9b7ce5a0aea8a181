"""What the people of a run look like, for cards: from its observations, else from its video.

A run that described people (`--gallery` or `--encoder`) has embeddings in its store. For others a
few clean crops of each tracklet are encoded when it is opened, once: they stay in OUT/review.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gallery.annotations.boxes import MIN_HEIGHT_PX
from gallery.crop_selection import crop_of
from gallery.io.files import read_arrays, write_arrays
from gallery.reid.encoder import identify, load_encoder
from tracker.boxes import heights
from tracker.observation.store import Store
from tracker.output.row_arrays import RowArrays
from tracker.output.run_files import OBSERVATIONS
from tracker.output.run_record import RunRecord
from tracker.review.card_case import CardCase
from tracker.review.card_embeddings import MAX_COVERED, Embeddings, Numbers
from tracker.review.card_tracklets import Sightings, cut_tracklets
from tracker.suggest.create import SourceFacts, SuggestError, open_video
from tracker.suggest.crop_selection import pictures_at
from tracker.types import NO_NUMBER, Floats, Ints, Observation
from tracker.video.source import VideoError

if TYPE_CHECKING:
    from tracker.runs.online_pass import Progress
    from tracker.video.source import Source

FOLDER, FILE = "review", "embeddings.npz"
STAGE = "encode"
PER_TRACKLET = 4
_APART_S = 0.4  # nearer pictures are nearly the same
MOST_CROPS = 40_000
_BATCH = 64
_SAME_PX = 0.02  # the files keep two decimals
_MAX_BYTES = 512_000_000


@dataclass(frozen=True, slots=True)
class CardSource:
    """OUT of a run, and where its video is now (None: where it was). encoder: as of `--encoder`,
    for a run that has described nobody."""

    out: Path
    video: str | None = None
    encoder: str = "stripes"


def open_cards(
    source: CardSource, rows: RowArrays, progress: Progress
) -> tuple[CardCase, str | None]:
    """What cards are dealt from, and why without looks, where that is so. rows: of tracks.csv.

    Raises StoreError, RunRecordError, EncoderError.
    """
    record = RunRecord.read(source.out)
    store = Store.open(source.out / OBSERVATIONS)
    size = record.size
    visible = np.flatnonzero(rows.visible & np.isfinite(rows.boxes).all(axis=1))
    cuts = () if store is None else tuple(index + 1 for index in store.cuts())
    seen = Sightings(
        rows.frames[visible].astype(np.int64),
        rows.tracks[visible].astype(np.int64),
        rows.boxes[visible].astype(np.float64),
        size,
        record.fps,
        cuts,
    )
    stored, numbers = (None, None) if store is None else of_store(store, seen)
    if stored is not None and len(stored.rows):
        return CardCase.of(seen, stored, numbers), None
    facts = SourceFacts(record.spec, record.fingerprint, record.fps, record.gallery)
    try:
        return CardCase.of(seen, of_video(source, facts, seen, progress), numbers), None
    except (SuggestError, VideoError) as error:
        return CardCase.of(seen, _joined([], []), numbers), str(error)


def of_store(store: Store, seen: Sightings) -> tuple[Embeddings, Numbers | None]:
    """The embeddings and numbers of those sightings whose boxes the store has."""
    rows: list[Ints] = []
    vectors: list[Floats] = []
    read: list[tuple[Ints, Ints, Floats]] = []
    for observation in store:
        described = observation.described
        readings = observation.readings
        if not described.any() and readings is None:
            continue
        mine, theirs = _found(observation, seen)
        with_vector = described[theirs]
        rows.append(mine[with_vector])
        vectors.append(observation.embeddings[theirs[with_vector]])
        if readings is not None and len(readings):
            legible = readings.numbers[theirs] != NO_NUMBER
            at = theirs[legible]
            read.append((mine[legible], readings.numbers[at], readings.confidence[at]))
    embeddings = _joined(rows, vectors)
    if not read:
        return embeddings, None
    places, numbers, confidence = (np.concatenate(column) for column in zip(*read, strict=True))
    return embeddings, Numbers(places, numbers, confidence.astype(np.float64))


def _joined(rows: list[Ints], vectors: list[Floats]) -> Embeddings:
    if not any(map(len, rows)):
        return Embeddings(np.zeros(0, np.int64), np.zeros((0, 1), np.float32))
    kept = [n for n, found in enumerate(rows) if len(found)]
    return Embeddings(
        np.concatenate([rows[n] for n in kept]), np.concatenate([vectors[n] for n in kept])
    )


def _found(observation: Observation, seen: Sightings) -> tuple[Ints, Ints]:
    """Sightings of the frame, and the detections that have the same boxes."""
    frame = observation.index + 1
    first, last = np.searchsorted(seen.frames, [frame, frame + 1]).tolist()
    if first == last or not len(observation.boxes):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    away = np.abs(seen.boxes[first:last, None] - observation.boxes[None]).max(axis=2)
    nearest = away.argmin(axis=1)
    same = np.flatnonzero(away[np.arange(last - first), nearest] < _SAME_PX)
    return first + same, nearest[same]


def of_video(
    source: CardSource, facts: SourceFacts, seen: Sightings, progress: Progress
) -> Embeddings:
    """A few clean crops of each tracklet, encoded; as they were kept, where they are the same."""
    rows = worth_encoding(seen)
    key = _key(identify(source.encoder)[1], facts.fingerprint, seen, rows)
    file = source.out / FOLDER / FILE
    if (kept := _kept(file, key, len(rows))) is not None:
        return Embeddings(rows, kept)
    vectors = encode(open_video(facts, source.video), source.encoder, seen, rows, progress)
    if not file.parent.is_symlink():  # not where somebody else's may be
        file.parent.mkdir(exist_ok=True)
        write_arrays(file, {"key": np.array(key), "vectors": vectors.astype(np.float16)})
    return Embeddings(rows, vectors)


def worth_encoding(seen: Sightings, each: int = PER_TRACKLET, most: int = MOST_CROPS) -> Ints:
    """Sightings, ordered by frame, that show their tracklets best: uncovered, whole, apart in time;
    of a tracklet with none of those the least covered."""
    tracklets = cut_tracklets(seen)
    border = np.array([*seen.size, *seen.size], np.float64) - seen.boxes[:, [2, 3, 2, 3]]
    whole = (seen.boxes[:, :2].min(axis=1) > 0) & (border.min(axis=1) > 0)
    bad = (tracklets.covered >= MAX_COVERED) + (heights(seen.boxes) < MIN_HEIGHT_PX) + ~whole * 0.5
    order = np.lexsort((seen.frames, tracklets.of))
    starts = np.searchsorted(tracklets.of[order], np.arange(len(tracklets)))
    chosen: list[int] = []
    for mine in np.split(order, starts[1:]):
        good = mine[bad[mine] == bad[mine].min()]
        span_s = (seen.frames[good[-1]] - seen.frames[good[0]]) / seen.fps
        count = min(each, len(good), 1 + int(span_s / _APART_S))
        chosen += good[np.linspace(0, len(good) - 1, count + 2)[1:-1].round().astype(int)].tolist()
    rows = np.unique(np.array(chosen, np.int64))
    if len(rows) > most:
        rows = rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]
    return rows


def encode(source: Source, spec: str, seen: Sightings, rows: Ints, progress: Progress) -> Floats:
    """(M, D) of the boxes of these sightings; NaN where the video ends before. spec: of the
    encoder."""
    encoder = load_encoder(spec)
    vectors = np.full((len(rows), encoder.dim), np.nan, np.float32)
    places: list[int] = []
    crops: list[np.ndarray] = []
    for place, crop in _crops(source, seen, rows):
        places.append(place)
        crops.append(crop)
        if len(crops) == _BATCH:
            vectors[places] = encoder.encode(crops)
            places, crops = [], []
            progress(STAGE, place + 1, len(rows))
    if crops:
        vectors[places] = encoder.encode(crops)
    progress(STAGE, len(rows), len(rows))
    return vectors


def _crops(source: Source, seen: Sightings, rows: Ints) -> Iterator[tuple[int, np.ndarray]]:
    """Place in `rows` and what the box leaves of the picture."""
    frames = seen.frames[rows]
    for frame, picture in pictures_at(source, np.unique(frames).tolist()):
        if picture is None:
            continue
        first, last = np.searchsorted(frames, [frame, frame + 1]).tolist()
        for place in range(first, last):
            yield place, crop_of(picture, seen.boxes[rows[place]]).copy()


def _key(encoder: str, video: str, seen: Sightings, rows: Ints) -> str:
    """Changes when other pictures would be encoded, or by another encoder."""
    digest = hashlib.sha256(f"{encoder} {video}".encode())
    digest.update(seen.frames[rows].tobytes())
    digest.update(seen.boxes[rows].round(2).tobytes())
    return digest.hexdigest()


def _kept(file: Path, key: str, count: int) -> Floats | None:
    """What was encoded before; None where it is of something else."""
    try:
        arrays = read_arrays(file, _MAX_BYTES)
        vectors = arrays["vectors"].astype(np.float32)
        same = str(arrays["key"]) == key and vectors.ndim == 2 and len(vectors) == count
        return vectors if same else None
    except (OSError, ValueError, KeyError):
        return None
