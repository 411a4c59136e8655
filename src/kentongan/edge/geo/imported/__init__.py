"""Imported cities: versions on disk; how one is made, checked, switched to and gone back from."""
