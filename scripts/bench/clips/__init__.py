"""The parts of `bench_clips.py`: names and tracks judged on many clips at once, beside peers."""
