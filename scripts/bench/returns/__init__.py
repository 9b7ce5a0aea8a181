"""People who come back: true boxes with gaps of up to 20 s, and who they are taken for after."""
