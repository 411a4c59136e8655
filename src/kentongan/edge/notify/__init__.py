"""Telling agencies and crews. One channel a module; the first is the inbox on their own screens."""
