"""The HTTP API of sessions: rooms, attendance, a producer's view of an event, assignments from a spreadsheet.

May import what the gateway may. Promises: the token is asked for as at a handshake; what is shown is committed; nobody's
question makes a session that is not there; answers of any length are streamed in small pieces.

Start reading at `routes.py`.
"""
