"""Sound: RTP, jitter, mixing, WebRTC transport, recording, and the process that runs them."""
