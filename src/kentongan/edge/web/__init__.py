"""HTTP and WebSocket: commands in, redacted rows out."""
