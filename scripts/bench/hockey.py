"""Frame rates of the McGill hockey clips (MHPTD), which have no seqinfo.ini.

They are 30 or 60 frames a second; the median speed against the pack, per frame, is .015 body
heights in three series and .030 in the other three.
"""

AT_60 = ("CAR_VS_NYR", "CGY_vs_DAL", "STL_VS_SAJ")


def rate_of(clip: str) -> float:
    """Frames a second of the clip of this name."""
    return 60.0 if clip.startswith(AT_60) else 30.0
