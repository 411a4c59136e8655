"""OpenStreetMap extracts: reading one in a bounded-memory pass into plain values."""
