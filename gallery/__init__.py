"""Who the players are: pictures in, log-likelihoods per player out. Never imports `tracker`."""
