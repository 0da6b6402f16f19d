"""What was put under load: each contender's version, for whoever wants to repeat it."""

import platform
from importlib.metadata import version

from bench.node import SOCKETIO, node_version


def version_of(name: str) -> str:
    """Of a contender as it would be started here."""
    if name == "socketio":
        return f"{SOCKETIO}, Node {node_version()}"
    package = version(name) if name in ("breakout", "websockets") else ""
    return f"{package} on Python {platform.python_version()}".strip()
