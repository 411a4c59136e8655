"""Sound: RTP, jitter, mixing, WebRTC transport, recording, and the process that runs them.

From the wire to the ear: `rtp` → `inbound` (`dtmf`, `jitter`, `playout`, a decoder of `codec`) →
`mix` → `outbound` (an encoder, `digits`, `comfort`) → `rtp`. Beside it `rtcp`, `reception` and
`reports` count, `quality` judges. For browsers `stun`, `sdp`, `dtls`, `srtp` and `webrtc` are
around it, for trunks `latch` and `sdes`. These hold no sockets. `rtp_leg`, `web_leg`, `web_port`
and `rtp_ports` do; `bridge` and `bridges` hold the calls, `joining` and `playing` change them,
`record`, `segment` and `seal` keep the files, `clock` the pace. `control` and `protocol` are the
words of the switch, which uses `client`. `daemon` puts them together, `priority` lets it go before
other programs.
"""
