"""The bench of anchors, in parts."""
