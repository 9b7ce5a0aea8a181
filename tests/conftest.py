"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("YOLO_OFFLINE", "1")  # no test asks a hub for weights

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and weights beside the checkout; a public clone has none."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"real data not at {SHARED} (it is not part of the public repository)")
    return SHARED
