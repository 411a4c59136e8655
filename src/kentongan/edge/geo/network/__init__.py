"""The road network of a city: arrays, how they are built, what each vehicle may drive, snapping."""
