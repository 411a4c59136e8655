"""Speeds learnt from the centre's own journeys: tracks put on roads, what follows, and its file."""
