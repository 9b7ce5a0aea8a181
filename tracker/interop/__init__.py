"""Tables of teamsheet in the formats of others, and back as far as these hold it."""
