"""A shirt on somebody: turned, folded, shaded, with what is around and in front of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from shirts.cloth import SIDE_PX, UNIT_PX, Cloth, kit_colour

from tracker.types import Doubles, Floats, Image, Mask

SCENE_PX = 144
SPAN = 0.66  # body heights a scene is wide and high
PX = SCENE_PX / SPAN  # to a body height
NECK, WAIST = 0.17, 0.53  # body heights from the top of the head
_FEW_PX, _FLAT = 12, 1e4  # of cloth around a number: too little to say how it is turned
_GRID = 16  # points a side by which a shirt is bent
_SKIN = np.array(
    [(140, 170, 225), (110, 140, 200), (70, 100, 160), (40, 60, 110), (25, 40, 75)], float
)
_GROUND = np.array(
    [
        (60, 130, 70),
        (70, 110, 60),
        (90, 150, 190),
        (120, 170, 205),
        (150, 120, 80),
        (70, 70, 160),
        (180, 180, 180),
        (60, 60, 60),
    ],
    float,
)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """picture: (SCENE_PX, SCENE_PX, 3). digits: as in Cloth, where they are to be seen. worn:
    (2,) pixels each digit would take up, seen straight and whole; bent: as the shirt is turned and
    folded, with nothing in front. place: (6,) of the number, pixels: centre, and its height along
    the cloth to the right and down; zeros where it is not to be seen."""

    picture: Image
    digits: Image
    worn: Doubles
    bent: Doubles
    place: Doubles


def to_px(x: float, y: float) -> tuple[int, int]:
    """Pixels of a point, in body heights from the middle and from the top of the head."""
    return int(SCENE_PX / 2 + x * PX), int((y + 0.02) * PX)


def dressed(rng: np.random.Generator, cloth: Cloth, hard: float) -> Scene:
    """hard: 0 to 1."""
    half = rng.uniform(0.10, 0.155)
    turn = float(np.clip(rng.normal(0, 0.12 + 0.45 * hard), -1.5, 1.5))
    map_x, map_y = _bent(rng, half, turn, hard)
    skin = _SKIN[rng.integers(len(_SKIN))] + rng.normal(0, 10, 3)
    picture = _behind(rng)
    _below(rng, picture, half)
    body = _torso(rng, half)
    shirt = cv2.remap(
        cloth.picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    _shade(rng, shirt, hard)
    digits = cv2.remap(cloth.digits, map_x, map_y, cv2.INTER_NEAREST, borderValue=0)
    bent = _areas(digits)
    digits[body < 128] = 0
    place = _place(cloth, np.stack([map_x, map_y], axis=-1), digits, body)
    share = body[..., None].astype(np.float32) / 255
    picture = (picture * (1 - share) + shirt * share).astype(np.uint8)
    _head(rng, picture, digits, skin, hard)
    _arms(rng, picture, digits, cloth, skin, half, hard)
    if rng.random() < 0.16 * hard + 0.02:
        _other(rng, picture, digits)
    return Scene(picture, digits, _areas(cloth.digits) * (PX / UNIT_PX) ** 2, bent, place)


def _place(cloth: Cloth, on_cloth: Floats, digits: Image, body: Image) -> Doubles:
    """As in Scene. on_cloth: (SCENE_PX, SCENE_PX, 2) where every pixel lies on the flat shirt."""
    if not digits.any():
        return np.zeros(6)
    middle = [(ends[0] + ends[-1]) / 2 for ends in map(np.flatnonzero, _shadows(cloth.digits))]
    near = (np.abs(on_cloth - middle) < cloth.height / 2).all(axis=2) & (body >= 128)
    y, x = np.nonzero(near)
    flat = np.column_stack([on_cloth[near], np.ones(len(x))])
    if len(x) < _FEW_PX or np.linalg.cond(flat - flat.mean(axis=0) + (0, 0, 1)) > _FLAT:
        return np.zeros(6)
    fit, *_ = np.linalg.lstsq(flat, np.column_stack([x, y]).astype(np.float64), rcond=None)
    columns, rows = map(np.flatnonzero, _shadows(digits))
    centre = [(columns[0] + columns[-1]) / 2, (rows[0] + rows[-1]) / 2]
    return np.concatenate([centre, fit[0] * cloth.height, fit[1] * cloth.height])


def _shadows(digits: Image) -> tuple[Mask, Mask]:
    """In which columns and in which rows there are digits."""
    return digits.any(axis=0), digits.any(axis=1)


def _areas(digits: Image) -> Doubles:
    """(2,) pixels of each digit."""
    return np.bincount(digits.ravel(), minlength=3)[1:3].astype(np.float64)


def _bent(rng: np.random.Generator, half: float, turn: float, hard: float) -> tuple[Floats, Floats]:
    """For every pixel of a scene the place on the flat shirt."""
    ticks = np.linspace(0, SCENE_PX - 1, _GRID)
    x, y = np.meshgrid(ticks / PX - SPAN / 2, ticks / PX - 0.02)
    lean = rng.normal(0, 0.05 + 0.22 * hard)
    shear = rng.normal(0, 0.02 + 0.06 * hard)
    x, y = x - rng.normal(0, 0.012), y - NECK
    across = x * np.cos(lean) + (y - 0.15) * np.sin(lean) + shear * (y - 0.15)
    down = (y - 0.15) * np.cos(lean) - x * np.sin(lean) + 0.15
    down = down * rng.uniform(0.92, 1.18) + rng.normal(0, 0.01)
    across = across * (1 + rng.normal(0, 0.12) * (y - 0.15) / 0.3)
    angle = np.arcsin(np.clip(across / (half * 1.04), -0.999, 0.999)) + turn
    u = angle * half * UNIT_PX
    fold = rng.normal(0, 1, (5, 5)).astype(np.float32)
    deep = rng.uniform(0, 3.2) * (0.3 + 0.7 * hard)
    bend = cv2.resize(fold, (_GRID, _GRID), interpolation=cv2.INTER_CUBIC) * deep
    slope = cv2.resize(fold.T, (_GRID, _GRID), interpolation=cv2.INTER_CUBIC) * deep
    size = (SCENE_PX, SCENE_PX)
    map_x = cv2.resize((u + SIDE_PX / 2 + bend).astype(np.float32), size)
    map_y = cv2.resize((down * UNIT_PX + slope).astype(np.float32), size)
    return map_x, map_y


def _behind(rng: np.random.Generator) -> Image:
    """Ground, seats, boards with words."""
    colour = _GROUND[rng.integers(len(_GROUND))] + rng.normal(0, 18, 3)
    rough = rng.normal(0, rng.uniform(4, 40), (rng.integers(3, 20), rng.integers(3, 20), 3))
    field = cv2.resize(
        (colour + rough).astype(np.float32), (SCENE_PX, SCENE_PX), interpolation=cv2.INTER_LINEAR
    )
    picture = np.clip(field, 0, 255).astype(np.uint8)
    for _ in range(rng.integers(0, 4)):
        a, b = rng.integers(-20, SCENE_PX + 20, (2, 2)).tolist()
        cv2.line(picture, a, b, kit_colour(rng).tolist(), int(rng.integers(1, 22)))
    if rng.random() < 0.15:
        text = "".join(rng.choice(list("AEIMNORST0123456789"), 6))
        at = (int(rng.integers(-30, 60)), int(rng.integers(10, SCENE_PX)))
        cv2.putText(
            picture,
            text,
            at,
            cv2.FONT_HERSHEY_SIMPLEX,
            rng.uniform(0.5, 1.2),
            kit_colour(rng).tolist(),
            2,
        )
    return picture


def _below(rng: np.random.Generator, picture: Image, half: float) -> None:
    """Shorts."""
    wide = half * rng.uniform(0.85, 1.1)
    corners = [
        to_px(-wide, WAIST - 0.06),
        to_px(wide, WAIST - 0.06),
        to_px(wide * 1.1, 0.7),
        to_px(-wide * 1.1, 0.7),
    ]
    cv2.fillPoly(picture, [np.array(corners, np.int32)], kit_colour(rng).tolist())


def _torso(rng: np.random.Generator, half: float) -> Image:
    """(SCENE_PX, SCENE_PX) how much of each pixel is shirt."""
    shoulder, waist = half * rng.uniform(0.95, 1.05), half * rng.uniform(0.75, 1.0)
    shift, drop = rng.normal(0, 0.012), rng.normal(0, 0.012)
    hem = WAIST + rng.uniform(-0.06, 0.05)
    points = [
        (-shoulder * 0.45, NECK - 0.015), (shoulder * 0.45, NECK - 0.015),
        (shoulder, NECK + 0.02 + drop),
        (shoulder * 0.98, NECK + 0.15), (waist + shift, hem), (-waist + shift, hem),
        (-shoulder * 0.98, NECK + 0.15), (-shoulder, NECK + 0.02 - drop),
    ]  # fmt: skip
    mask = np.zeros((SCENE_PX, SCENE_PX), np.uint8)
    cv2.fillPoly(mask, [np.array([to_px(*p) for p in points], np.int32)], 255, cv2.LINE_AA)
    return mask


def _shade(rng: np.random.Generator, shirt: Image, hard: float) -> None:
    """Light from one side, and folds that are darker and lighter."""
    broad = rng.normal(1.0, 0.04 + 0.1 * hard, (3, 3))
    fine = rng.normal(0, 0.02 + 0.07 * hard, (rng.integers(4, 14), rng.integers(4, 14)))
    size = (SCENE_PX, SCENE_PX)
    light = cv2.resize(broad.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    light += cv2.resize(fine.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    shirt[:] = np.clip(shirt * light[..., None], 0, 255)


def _head(
    rng: np.random.Generator, picture: Image, digits: Image, skin: Doubles, hard: float
) -> None:
    x = rng.normal(0, 0.015 + 0.02 * hard)
    neck = to_px(x * 0.5, NECK - 0.02)
    cv2.line(picture, neck, to_px(x * 0.5, NECK + 0.005), skin.tolist(), int(0.06 * PX))
    centre, axes = to_px(x, 0.075), (int(0.048 * PX), int(0.068 * PX))
    cv2.ellipse(picture, centre, axes, 0, 0, 360, skin.tolist(), -1, cv2.LINE_AA)
    hair = np.clip(rng.choice([20.0, 40.0, 80.0, 150.0]) + rng.normal(0, 15, 3), 0, 255).tolist()
    start = 180 if rng.random() < 0.5 else 0
    cv2.ellipse(picture, centre, axes, 0, start, 360, hair, -1, cv2.LINE_AA)
    if rng.random() < 0.08:  # long hair on the back
        end = to_px(x + rng.normal(0, 0.02), rng.uniform(0.16, 0.28))
        for page, paint in ((picture, hair), (digits, 0)):
            cv2.line(page, to_px(x, 0.1), end, paint, int(rng.uniform(0.02, 0.06) * PX), cv2.LINE_8)


def _arms(
    rng: np.random.Generator, picture: Image, digits: Image, cloth: Cloth, skin: Doubles,
    half: float,
    hard: float,
) -> None:  # fmt: skip
    has_sleeves = rng.random() < 0.75
    thick = int(rng.uniform(0.045, 0.065) * PX)
    sleeve = cloth.colour if rng.random() < 0.7 else cloth.trim
    for side in (-1, 1):
        shoulder = to_px(side * half * 0.95, NECK + 0.035)
        crosses = rng.random() < 0.12 * hard
        reach = rng.uniform(-0.4, 0.9) if crosses else rng.uniform(0.8, 1.6)
        elbow = to_px(side * half * reach * 1.1 + side * 0.02, NECK + rng.uniform(0.1, 0.2))
        inward = rng.uniform(-0.6, 0.4) if crosses else rng.uniform(0.7, 1.9)
        hand = to_px(side * half * inward, NECK + rng.uniform(0.05, 0.42))
        for page, limb, upper in ((picture, skin.tolist(), sleeve.tolist()), (digits, 0, 0)):
            cv2.line(page, elbow, hand, limb, max(2, int(thick * 0.8)), cv2.LINE_8)
            cv2.line(page, shoulder, elbow, upper if has_sleeves else limb, thick, cv2.LINE_8)


def _other(rng: np.random.Generator, picture: Image, digits: Image) -> None:
    """Somebody else in front."""
    x = rng.choice([-1, 1]) * rng.uniform(0.04, 0.22)
    centre, axes = (
        to_px(x, rng.uniform(0.2, 0.5)),
        (int(rng.uniform(0.05, 0.15) * PX), int(rng.uniform(0.1, 0.3) * PX)),
    )
    tilt = int(rng.normal(0, 20))
    cv2.ellipse(picture, centre, axes, tilt, 0, 360, kit_colour(rng).tolist(), -1)
    cv2.ellipse(digits, centre, axes, tilt, 0, 360, 0, -1)
