"""Finding people: every detector behind one protocol, opened by name or path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tracker.detection.auto_tiles import Eye
from tracker.detection.class_names import ClassKinds, PlayerNames
from tracker.detection.network import Network
from tracker.detection.tiling import Tile, grids, join_tiles, tile_boxes
from tracker.inference.ultralytics import DetectorError, digest
from tracker.settings import DetectSettings
from tracker.types import Detections, Frame, Image

__all__ = [
    "DETECTORS", "Detector", "DetectorError", "DetectorKind", "choose_detector", "identify",
    "load_detector",
]  # fmt: skip

PREFERRED = "yolo11n.pt"
FALLBACK = "efficientdet-lite0"
_NO_CLASSES = ClassKinds((), (), (), ())


class Detector(Protocol):
    """What finds people in frames.

    needs_images: False where `Frame.image` may be None. fingerprint: hex digest of the weights or
    the file. One with a network may say in `runtime` what runs it. One that tells people apart says
    in `class_names` what the columns of `Detections.classes` are. Boxes found in a picture are
    clipped to it; all are of positive size, best first, and in the same order for the same input.
    """

    @property
    def name(self) -> str: ...
    @property
    def needs_images(self) -> bool: ...
    @property
    def fingerprint(self) -> str: ...

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """The people of each frame. Raises DetectorError where a needed picture is missing."""
        ...


@dataclass(frozen=True, slots=True)
class DetectorKind:
    """How detectors of a kind are opened: a line of DETECTORS.

    open: a file, settings and the device to a detector; with `with_players` a fourth argument says
    whom its classes may be. suffixes: endings of the files that it opens. weights: of a kind that
    is asked for by its key, with no file of the user's: where its weights are; raises DetectorError
    where they are not.
    """

    open: Callable[..., Detector]
    suffixes: tuple[str, ...] = ()
    weights: Callable[[], Path] | None = None
    with_players: bool = False


class TiledDetector:
    """A network that looks at every picture in tiles (`DetectSettings.tiles`).

    class_names, class_kinds: of the columns of `Detections.classes`; none where the network tells
    people from nothing else. notes: what its classes were taken for, a line each. eye: None where
    the network does not say what it sees.
    """

    needs_images = True

    def __init__(self, network: Network, settings: DetectSettings) -> None:
        self._network, self._settings = network, settings
        self.eye: Eye | None = getattr(network, "eye", None)
        self.name, self.fingerprint = network.name, network.fingerprint
        self.runtime = network.runtime
        self.class_kinds: ClassKinds = getattr(network, "class_kinds", _NO_CLASSES)
        self.class_names: tuple[str, ...] = self.class_kinds.names
        self.notes: tuple[str, ...] = getattr(network, "notes", ())
        self._auto = settings.tiles == "auto"
        self.tiles = network.tiles if self._auto else settings.tiles
        self._overlap = settings.tile_overlap

    def in_tiles(self, tiles: str) -> TiledDetector:
        """The same network, looking so (`DetectSettings.tiles`)."""
        return TiledDetector(self._network, self._settings.model_copy(update={"tiles": tiles}))

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """The people of each frame, all tiles of all frames given to the network at once."""
        images = [_image(frame) for frame in frames]
        tiles = [self._tiles(image.shape[1], image.shape[0]) for image in images]
        pictures = [
            image[y1:y2, x1:x2]
            for image, its in zip(images, tiles, strict=True)
            for x1, y1, x2, y2 in its
        ]
        found = iter(self._network.find(pictures))
        return [
            join_tiles([(t, next(found)) for t in its], image.shape[1], image.shape[0])
            for image, its in zip(images, tiles, strict=True)
        ]

    def _tiles(self, width: int, height: int) -> list[Tile]:
        """All tiles of all passes; the detector's own tiling is meant for wide pictures."""
        upright = self._auto and height > width
        passes = [grid[::-1] if upright else grid for grid in grids(self.tiles)]
        return [t for grid in passes for t in tile_boxes(width, height, *grid, self._overlap)]


def load_detector(
    spec: str,
    settings: DetectSettings,
    device: str = "cpu",
    players: Sequence[str] | None = None,
    all_players: bool = False,
) -> Detector:
    """Open a detector.

    spec: `efficientdet-lite0`; a path: .pt, .engine or an OpenVINO folder of Ultralytics, .onnx,
    OpenVINO's .xml, or a MOT det.txt; a name of Ultralytics', e.g. `yolo11n.pt`, fetched when it
    is not at hand; or `auto`, see `choose_detector`. players, all_players: who its classes may be,
    see `ClassKinds.of`.
    Raises DetectorError, or MotFileError for a det.txt.
    """
    if spec == "auto":
        return choose_detector(settings, device, players, all_players)[0]
    path = _path(spec)
    kind = DETECTORS[spec if is_named(spec) else _kind(path)]
    roster = None if players is None else tuple(players)
    called = [PlayerNames(roster, all_players)] if kind.with_players else []
    detector = kind.open(path, settings, device, *called)
    if all_players and not getattr(detector, "class_names", ()):
        raise DetectorError(f"{spec}: it knows no players; leave out --players-from-detector")
    return detector


def is_named(spec: str) -> bool:
    """Whether it is the name of a detector that has its weights with it, and no file."""
    return spec in DETECTORS and DETECTORS[spec].weights is not None


def identify(spec: str) -> tuple[str, str]:
    """Name and fingerprint of the detector that `load_detector` would open, without opening it.

    spec: as there, but not `auto`. Raises DetectorError.
    """
    path = _path(spec)
    name = spec if is_named(spec) else path.name
    return name, digest([path] if path.is_file() else path.glob("*.*"))


def _path(spec: str) -> Path:
    """Where the file is that spec names."""
    kind = DETECTORS.get(spec)
    if kind is not None and kind.weights is not None:
        return kind.weights()
    path = Path(spec)
    if path.exists():
        return path
    if path.name != spec:
        raise DetectorError(f"{spec}: no such file; check the path, or use --detector {FALLBACK}")
    from tracker.detection.weights import find_weights

    return find_weights(spec)


def choose_detector(
    settings: DetectSettings,
    device: str = "cpu",
    players: Sequence[str] | None = None,
    all_players: bool = False,
) -> tuple[Detector, str]:
    """`auto`: yolo11n.pt where it is at hand or can be fetched, else efficientdet-lite0.

    players, all_players: see `load_detector`. Returns the detector and one line that says which and
    why. Raises DetectorError where there is neither.
    """
    from tracker.detection.weights import find_weights

    try:
        path = find_weights(PREFERRED)
    except DetectorError as error:
        why = str(error).partition(";")[0]
        chosen = load_detector(FALLBACK, settings, device, players, all_players)
        return chosen, f"detector: {FALLBACK} ({why})"
    return load_detector(str(path), settings, device, players, all_players), f"detector: {path}"


def _image(frame: Frame) -> Image:
    if frame.image is None:
        raise DetectorError(
            f"frame {frame.index + 1} has no picture, and only detections out of a file need none; "
            "give them by --detections det.txt"
        )
    return frame.image


def _kind(path: Path) -> str:
    """The key in DETECTORS for a path that exists."""
    if path.is_dir():
        if any(path.glob("*.xml")):
            return "ultralytics"
        raise DetectorError(
            f"{path}: a folder without an OpenVINO model (.xml and .bin) in it; "
            "give the folder that ends in _openvino_model"
        )
    for name, kind in DETECTORS.items():
        if path.suffix.lower() in kind.suffixes:
            return name
    known = ", ".join(suffix for kind in DETECTORS.values() for suffix in kind.suffixes)
    raise DetectorError(f"{path}: no kind of detector known by its name; known are {known}")


def _efficientdet(path: Path, settings: DetectSettings, device: str) -> Detector:
    from tracker.detection.efficientdet import EfficientDet

    network = EfficientDet(path, settings.score_min, settings.nms_iou)
    return TiledDetector(network, settings)


def _efficientdet_weights() -> Path:
    from tracker.detection.efficientdet import find_weights

    return find_weights()


def _ultralytics(
    path: Path, settings: DetectSettings, device: str, called: PlayerNames
) -> Detector:
    from tracker.detection.yolo import Yolo
    from tracker.inference.backends import open_ultralytics

    model = None
    if settings.runtime == "auto" and device == "cpu" and path.suffix.lower() == ".pt":
        from tracker.inference.model_cache import open_converted

        model = open_converted(path)
    model = model or open_ultralytics(path, device)
    return TiledDetector(Yolo(model, path, settings, called), settings)


def _openvino(path: Path, settings: DetectSettings, device: str, called: PlayerNames) -> Detector:
    from tracker.detection.yolo import Yolo
    from tracker.inference.backends import open_openvino

    model = open_openvino(path, settings.image_size_px)
    return TiledDetector(Yolo(model, path, settings, called), settings)


def _mot(path: Path, settings: DetectSettings, device: str) -> Detector:
    from tracker.detection.mot_file import MotFileDetector

    return MotFileDetector(path, settings.score_min)


DETECTORS: dict[str, DetectorKind] = {
    FALLBACK: DetectorKind(_efficientdet, weights=_efficientdet_weights),
    "ultralytics": DetectorKind(_ultralytics, (".pt", ".engine"), with_players=True),
    "openvino": DetectorKind(_openvino, (".onnx", ".xml"), with_players=True),
    "mot": DetectorKind(_mot, (".txt", ".csv")),
}
"""A new detector is one line here."""
