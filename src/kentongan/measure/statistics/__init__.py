"""What a figure is worth: intervals, survival, case mix, charts, changes. Pure; chance comes in."""
