"""Places: names, coordinates, distances, travel times."""
