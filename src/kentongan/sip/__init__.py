"""SIP/2.0 without I/O: bytes and fired timers in, events and bytes out."""
