"""Socket.IO's packages, installed the first time somebody asks for that peer."""

import os
import shutil
import subprocess
from pathlib import Path

SOCKETIO = "socket.io@4.8.1"
INSTALL_SECONDS = 180
SERVER = Path(__file__).parent / "peers" / "socketio_peer.cjs"


class NodeMissing(Exception):
    """There is no Node here, or its packages could not be installed."""


def socketio_command() -> list[str]:
    """What starts the peer. Raises: NodeMissing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NodeMissing("the peer socketio needs Node.js with npm on the PATH; install it, or leave out --peer socketio")
    packages = cache_directory() / "socketio"
    if not (packages / "node_modules" / "socket.io" / "package.json").exists():
        _install(npm, packages)
    return [node, str(SERVER), str(packages / "node_modules")]


def node_version() -> str:
    """Of the Node that runs the peer; "unknown" where it does not say."""
    done = subprocess.run([shutil.which("node") or "node", "--version"], capture_output=True, text=True, timeout=10, check=False)
    return done.stdout.strip() or "unknown"


def cache_directory() -> Path:
    """Where installed peers are kept: XDG_CACHE_HOME, or ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "breakout-bench"


def _install(npm: str, packages: Path) -> None:
    packages.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(packages), SOCKETIO]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NodeMissing(f"npm did not install {SOCKETIO} in {INSTALL_SECONDS} s") from None
    if done.returncode:
        complaint = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise NodeMissing(f"npm could not install {SOCKETIO}: {' '.join(complaint)}")
