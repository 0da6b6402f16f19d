"""One server as several processes: `breakout serve --workers N`.

                        front                        no actors, no store
    accept ─> peek at the head ─┬─> /ws/S, /api/sessions/S/...  ─ the socket itself ─> the worker that owns S
                                ├─> pages, docs, /dev/token     ─ the socket itself ─> any worker
                                └─> /readyz, /metrics, /api/admin, /api/events: answered here, from what all workers say

A worker is the whole server but for its port: every session belongs to one worker, which has its actors and an SQLite file of its
own. Nothing is relayed but what concerns all of them, so N workers carry N times what one does. Which worker owns a session follows
from its id and N (`ownership.py`); when N changes, sessions are moved between the files before anybody is served (`files.py`).

The front looks at a head without reading it (MSG_PEEK) and passes the descriptor (SCM_RIGHTS) over a channel (`channel.py`); the
worker finds every byte still there and serves the connection as one it accepted. It says when the connection is over, so that the
front, which alone knows all of them, holds the limits. A connection carries one request, since the next could be another worker's.

A worker that dies is started again and its sessions come back from its file; the others do not notice. When the front dies, workers
see their channel end, send their people away and leave.

May import what the gateway may. Start reading at `front.py`, then `worker.py` (a worker, as the front sees it) and `inside.py` (the
same from within).
"""
