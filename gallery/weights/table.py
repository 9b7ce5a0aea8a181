"""The table of weights that are known by a name; a new one is a line of `WEIGHTS`.

Addresses and checksums are those that the makers publish: Intel's Open Model Zoo in its models'
`model.yml`, OpenCV's zoo in its files of Git LFS. Ultralytics and Roboflow publish none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

ALGORITHMS = {0: "", 64: "sha256", 96: "sha384"}
"""By the number of hex digits; none where a maker publishes no checksum."""
_SAFE_NAME = re.compile(r"[\w-][\w.-]*")


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """A file as its maker offers it. name: in the cache. checksum: hex digits, SHA-256 or SHA-384
    by their number; "" and size_bytes None where none are published."""

    name: str
    url: str
    size_bytes: int | None = None
    checksum: str = ""

    def __post_init__(self) -> None:
        if not _SAFE_NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r}: no plain name of a file")
        if urlsplit(self.url).scheme != "https":
            raise ValueError(f"{self.name}: {self.url} is no HTTPS address")
        if len(self.checksum) not in ALGORITHMS or not re.fullmatch("[0-9a-f]*", self.checksum):
            raise ValueError(f"{self.name}: {len(self.checksum)} signs are no SHA-256 or SHA-384")

    @property
    def algorithm(self) -> str:
        """hashlib's name of the kind of checksum; "" where there is none."""
        return ALGORITHMS[len(self.checksum)]


@dataclass(frozen=True, slots=True)
class Weights:
    """files: the first is the one that is opened. licence: a line. opt_in: its licence must be
    agreed to before it is fetched. loader: the package that alone opens it; such are not fetched.
    """

    name: str
    purpose: Literal["detector", "encoder"]
    licence: str
    files: tuple[WeightsFile, ...]
    opt_in: bool = False
    loader: str = ""

    @property
    def size_bytes(self) -> int | None:
        """Of all files; None where one has no published size."""
        sizes = [file.size_bytes for file in self.files]
        return None if None in sizes else sum(size or 0 for size in sizes)


_YOLO_HUB = "https://github.com/ultralytics/assets/releases/download/v8.4.0"
_YOLO_NAME = re.compile(r"(yolo(v8|11|12|26)[nsmlx]|yolov10[nsmblx]|rtdetr-[lx])(\.pt)?")
_OMZ = "https://storage.openvinotoolkit.org/repositories/open_model_zoo/2023.0/models_bin/1"
_OPENCV = "https://github.com/opencv/opencv_zoo/raw/main/models"
_RFDETR = "https://storage.googleapis.com/rfdetr"
_ROBOFLOW = (
    "https://storage.googleapis.com/com-roboflow-marketing/trackers/"
    "trackers_reid_finetuned_encoders"
)


def of_ultralytics(name: str) -> Weights | None:
    """A detection model by Ultralytics' own name, with `.pt` or without; None for other names."""
    if not _YOLO_NAME.fullmatch(name):
        return None
    stem = name.removesuffix(".pt")
    file = WeightsFile(f"{stem}.pt", f"{_YOLO_HUB}/{stem}.pt")
    return Weights(name, "detector", "AGPL-3.0, or bought from Ultralytics; COCO", (file,))


def _yolo(size: str) -> Weights:
    found = of_ultralytics(f"yolo11{size}")
    assert found is not None
    return found


def _reid(number: str, xml: tuple[int, str], bin_: tuple[int, str]) -> Weights:
    name = f"person-reidentification-retail-{number}"
    files = tuple(
        WeightsFile(f"{name}.{end}", f"{_OMZ}/{name}/FP16/{name}.{end}", size, checksum)
        for end, (size, checksum) in (("xml", xml), ("bin", bin_))
    )
    return Weights(f"reid-{number}", "encoder", "Apache-2.0 (Intel, Open Model Zoo)", files)


def _rfdetr(size: str) -> Weights:
    file = WeightsFile(f"rf-detr-{size}.pth", f"{_RFDETR}/{size}_coco/checkpoint_best_regular.pth")
    licence = "Apache-2.0 (Roboflow); COCO"
    return Weights(f"rf-detr-{size}", "detector", licence, (file,), loader="rfdetr")


def _osnet(data: str, of_data: str) -> Weights:
    url = f"{_ROBOFLOW}/reid_{data}_osnet_x1_0/weights.safetensors"
    licence = f"code Apache-2.0 (Roboflow); of the weights not stated{of_data}"
    file = WeightsFile(f"osnet-{data}.safetensors", url)
    return Weights(f"osnet-{data}", "encoder", licence, (file,), opt_in=True)


_LISTED = (
    *(_yolo(size) for size in "nsmlx"),
    Weights(
        "yolox-s", "detector", "Apache-2.0 (Megvii, by OpenCV's zoo); COCO",
        (WeightsFile(
            "object_detection_yolox_2022nov.onnx",
            f"{_OPENCV}/object_detection_yolox/object_detection_yolox_2022nov.onnx", 35858002,
            "c5c2d13e59ae883e6af3b45daea64af4833a4951c92d116ec270d9ddbe998063",
        ),),
    ),
    *(_rfdetr(size) for size in ("nano", "small", "medium")),
    _reid("0277", (
        616140, "554b403108fea776cb54c971c4c8acfaaeaae3884b5945eefbcbad8b9ed3c84f"
        "0382cb72c666c02c07129826a668d79e",
    ), (
        4178806, "0466aa71c44a14aa902a609c6500f4bc087cabbfa09c1e5bfb309f0a7e89fcdd"
        "9971e0359663e31803e3611bfa4d2353",
    )),
    _reid("0286", (
        611793, "8bee621289b7b8f29ffdaf1eb86af4f0b9bd3077d134676f2f53c5fd86f91034"
        "05a2ce5c605f548ae9261dead48849e2",
    ), (
        2453724, "5c53f14f0bf4c9f7cc779a0e3dd424e6226b45954706aecde9056858e1469538"
        "091d16a1763f968955f86aabf1c4f42a",
    )),
    _reid("0287", (
        614946, "922cc5560fa298a9f02cac5bad5cbeeaee2a913ec435ae6f446d0c783936598b"
        "333c017ce1a702b605c2fd7fa33a6ee7",
    ), (
        1181124, "ad86ea0b8661e43b01482fef63b2fe423ec9df8e55f6283f28c01094223f7731"
        "e4d60de5700036e6a2df7ebae0f5012d",
    )),
    _reid("0288", (
        614533, "18814c6445b35224987bc44bcbdb47da6c3826e5da0b6aa00a88c06bf71491a8"
        "c4f42e1f62424c077cce46e76a41f7a2",
    ), (
        364098, "0a5ca9d000ce63b078149a3aa3993cd6e92d52fdecf1ff58fbe717481c2043db"
        "348938c32fed964846817dc321825a4c",
    )),
    Weights(
        "youtu-reid", "encoder", "Apache-2.0 (Tencent Youtu, by OpenCV's zoo)",
        (WeightsFile(
            "person_reid_youtu_2021nov.onnx",
            f"{_OPENCV}/person_reid_youtureid/person_reid_youtu_2021nov.onnx", 106878407,
            "0579683334d4b9440221606dcb461656dd0dc64143b18f48faedaced9b4f580d",
        ),),
    ),
    _osnet("sportsmot", ", SportsMOT data are CC BY-NC"),
    _osnet("soccernet", ""),
)  # fmt: skip

WEIGHTS = {weights.name: weights for weights in _LISTED}
"""By name."""


def known(name: str) -> Weights | None:
    """By a name of the table or Ultralytics' own; None where nobody knows it."""
    return WEIGHTS.get(name) or of_ultralytics(name)
