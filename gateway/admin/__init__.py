"""The operators' API, `/api/admin/...`: what is going on, and the few things one does at three in the morning.

May import what the gateway may. Promises: everything here needs `breakout:operate`; what is done to a session runs as a command of
that session, so that the journal says who did it and when; every action, also a refused one, is a line of the audit log; nothing
that people wrote to each other is shown.

Start reading at `routes.py`, then `desk.py`.
"""
