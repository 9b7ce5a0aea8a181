"""Tracking through gaps: true boxes, some of them blanked, and what a tracker made of them."""
