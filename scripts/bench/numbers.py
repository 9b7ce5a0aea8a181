"""How many shirt numbers are read, and how many rightly: `numbers.py CROPS_DIR|CLIP... --json F`.

CROPS_DIR: a folder of pictures per number, cut out by the edges of the number. CLIP: a folder with
a video, truth (gt.txt) and numbers (gameinfo.ini or identities.csv); the shirts of everybody whom
no other overlaps by a fifth are read in the truth's boxes, every fifth frame. `--readers
net,rapidocr` sets them side by side. `--sheet FILE.png` draws what was read of the last.
"""

# The standard library has a module of this name, which NumPy imports, and the folder of a script
# comes first on its path: to whoever imports "numbers", this file is that module.
import sys

if __name__ == "__main__":
    from numbering.run import main

    main()
else:
    import importlib.util
    import sysconfig
    from pathlib import Path

    spec = importlib.util.spec_from_file_location(
        "numbers", Path(sysconfig.get_path("stdlib")) / "numbers.py"
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["numbers"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
