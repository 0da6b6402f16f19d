"""The process of a worker: what it runs, and what it has from the front."""

import os
import socket
import subprocess
import sys
from typing import Final

import trio

from gateway.settings_source import PREFIX

PROGRAM: Final = "from gateway.workers.inside import main; main()"


async def start_process(channel_end: socket.socket, lock: int) -> trio.Process:
    """Start one, with its end of the channel and the lock on the files.

    In a session of its own, so that Ctrl-C at a terminal concerns the front alone. Its settings come through the channel: the
    environment has none of them.

    Raises:
        OSError: There is no descriptor, memory or process for it.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return await trio.lowlevel.open_process(
        [sys.executable, "-P", "-c", PROGRAM, str(channel_end.fileno())],
        pass_fds=[channel_end.fileno(), lock],
        env={**inherited, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
        start_new_session=True,
    )
