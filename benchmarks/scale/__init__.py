"""What ten million photographs take, and a thousand million: estimated as a run does it."""
