"""The wire codec: JSON text into commands, pushes and replies into ready frames.

May import: `breakout`, cattrs, orjson and `gateway.frame`. Nothing here touches a socket, waits, or knows of sessions.

Promises: whatever text arrives, `decode.py` answers with a command or with a `Refusal`, never with another exception;
nothing is coerced; one push is encoded once. Start reading at `decode.py` and `encode.py`.
"""
