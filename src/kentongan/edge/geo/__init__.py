"""Where things are and how long it takes to get there; every figure names its source."""
