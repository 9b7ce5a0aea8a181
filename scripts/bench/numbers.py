"""How many shirt numbers are read, and how many rightly: `numbers.py CROPS_DIR|CLIP... --json F`.

CROPS_DIR: a folder of pictures per number, cut out by the edges of the number. CLIP: a folder with
a video, truth (gt.txt) and numbers (gameinfo.ini or identities.csv); the shirts of everybody whom
no other overlaps by a fifth are read in the truth's boxes, every fifth frame. `--readers
net,rapidocr` sets them side by side. `--sheet FILE.png` draws what was read of the last.
"""

# This file has the name of a module of the standard library, which NumPy imports: as a script its
# folder is first on the path, and must be behind.
import sys

sys.path.append(sys.path.pop(0))

from numbering.run import main  # noqa: E402

if __name__ == "__main__":
    main()
