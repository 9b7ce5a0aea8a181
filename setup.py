"""What pyproject.toml cannot say: configs/ stays the source of what a wheel has as presets."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithPresets(build_py):
    """Copies configs/*.yaml into the package as it is built; a checkout reads them in place."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        presets = Path(self.build_lib) / "tracker" / "presets"
        presets.mkdir(parents=True, exist_ok=True)
        for file in sorted((Path(__file__).parent / "configs").glob("*.yaml")):
            shutil.copyfile(file, presets / file.name)


setup(cmdclass={"build_py": BuildWithPresets})
