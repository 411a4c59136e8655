"""Records of other centres: files, mappings, and what was dropped and why."""
