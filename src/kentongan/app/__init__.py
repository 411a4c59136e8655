"""The one door for commands, and what follows from events: reactions, effects, timers."""
