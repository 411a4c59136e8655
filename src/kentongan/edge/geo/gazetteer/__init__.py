"""Where is it: a city's names and crossings by the caller's words, and back from a point."""
