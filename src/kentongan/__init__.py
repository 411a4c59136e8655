"""Kentongan: a city answers its one emergency number."""

__version__ = "0.1.0"
