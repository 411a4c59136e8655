"""SIP/2.0 without I/O: octets and fired timers in, events and octets out.

Start at `stack.Stack`; `events` is what it tells, `sdp` reads and writes audio descriptions,
`stream` cuts TCP and TLS into messages. Imports nothing of the rest of the product, opens nothing,
waits for nothing, and raises nothing but `errors.ParseError`.
"""
