"""How fast: following alone, and the whole pipeline."""
