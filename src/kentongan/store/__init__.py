"""The journal and the board: the only place with SQL."""
