from pathlib import Path

import httpx
import trio

from gateway.server import Server, serve
from gateway.settings import Settings


async def test_server_answers_the_api_beside_everything_else(tmp_path: Path, nursery: trio.Nursery) -> None:
    with trio.fail_after(20):
        server: Server = await nursery.start(serve, Settings(port=0, dev=True, db=tmp_path / "breakout.db"))
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
            for path in ("/api/sessions/demo/rooms", "/api/events/expo/rooms", "/api/sessions/demo/attendance.csv"):
                assert (await client.get(path)).status_code == 401
            assert (await client.get("/healthz")).status_code == 200
    nursery.cancel_scope.cancel()
