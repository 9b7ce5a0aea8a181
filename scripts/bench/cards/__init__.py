"""The parts of `review_cards.py`: a run without names, and whoever names its cards."""
