"""Sound: RTP, jitter, mixing, WebRTC transport, recording, and the process that runs them.

From the wire to the ear: `rtp` → `inbound` (`dtmf`, `jitter`, `conceal`, `g711`) → `mix` → `rtp`;
for browsers with `stun`, `sdp`, `dtls`, `srtp` and `webrtc` around it. These hold no sockets.
`legs`, `web_port` and `rtp_ports` do, `bridge` and `bridges` hold the calls, `record` and `segment`
the files, `clock` the pace, `control` and `protocol` the words of the switch, which uses `client`.
`daemon` puts them together, `priority` lets it go before other programs.
"""
