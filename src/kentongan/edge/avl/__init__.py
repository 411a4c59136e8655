"""Positions of vehicles from what a city really has: telephones, tracking servers, modems."""
