"""The offline map: features of a city into one .pmtiles file of vector tiles."""
