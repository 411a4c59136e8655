"""A made-up street network over a pack's real places, until somebody imports a real one."""
