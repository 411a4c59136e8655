"""Plans: how many calls to expect, and how many desks they need. Pure; chance comes in."""
