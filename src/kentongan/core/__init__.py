"""The rules of an emergency: pure values and functions, no I/O, no clock, no chance."""
