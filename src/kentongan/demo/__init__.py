"""The demo and training room: simulated crews, officers and callers around the real system.

Nothing here is faked inside the product: the simulated caller places a real SIP call with spoken
audio, the simulated crews send the same commands through the same door as a crew's phone does.
"""
