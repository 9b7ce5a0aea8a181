"""Weights by name: what there is, where it comes from, and how it gets into the user's cache."""
