"""The words of the command line, a file for each part; each loads what it needs when it runs."""
