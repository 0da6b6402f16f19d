"""The wire contract `breakout.v1` as classes: objects, commands, replies, pushes, and the table that names them.

Field names here are snake_case; on the wire they are camelCase. `PROTOCOL.md` says the same in words, and a test keeps
the two together.
"""
