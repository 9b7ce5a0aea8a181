"""The parts of `detection.py`: detectors judged box by box on clips and folders of frames."""
