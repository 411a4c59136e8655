"""A telephone in software: rings the centre, speaks, listens, hangs up. For training and for tests.

It is a stranger to the switch and uses nothing of it; what it can do, any SIP telephone can.
"""
