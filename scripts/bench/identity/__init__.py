"""Simulated anchors: true boxes as a detector and an encoder would show them; names, scored."""
