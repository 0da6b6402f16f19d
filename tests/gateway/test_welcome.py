"""What the server says to whoever started it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TALKS = "import sys; from gateway.welcome import say; sys.stdin.read(); say('one'); say('two'); sys.exit(7)"


def test_server_whose_words_nobody_reads_goes_on():
    command = [sys.executable, "-c", TALKS]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(20) == 7
