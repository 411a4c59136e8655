"""The monthly report: what it says (`content`), its words, and its pages."""
