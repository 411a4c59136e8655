"""The paper pack: what a room goes on with when no screen works."""
