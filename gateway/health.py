"""`/healthz` and `/readyz`: is the process alive, and may clients be sent to it."""

from collections.abc import Callable
from enum import Enum

from attrs import define
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


class Phase(Enum):
    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"


@define
class Health:
    """How the server is.

    Attributes:
        store_healthy: Whether the last commit succeeded.
        keys_known: Whether the keys of an identity provider, where there is one, were read.
    """

    store_healthy: Callable[[], bool]
    keys_known: Callable[[], bool]
    phase: Phase = Phase.STARTING

    @property
    def ready(self) -> bool:
        return self.phase is Phase.SERVING and self.store_healthy() and self.keys_known()


def health_routes(health: Health) -> list[Route]:
    """The two routes; neither asks for a token."""

    async def healthz(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"})

    async def readyz(_request: Request) -> JSONResponse:
        store, keys = "healthy" if health.store_healthy() else "failing", "known" if health.keys_known() else "missing"
        status = 200 if health.ready else 503
        headers = {} if health.ready else {"Retry-After": "5"}
        return JSONResponse({"status": health.phase.value, "store": store, "keys": keys}, status, headers)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]
