"""A short run of the fuzzer; `python -m tests.drills.fuzz --seconds 600` is the long one."""

import os
from pathlib import Path

import pytest

from tests.drills.fuzz import fuzz


@pytest.mark.slow
async def test_no_broken_head_frame_or_message_is_felt_by_anybody_else(tmp_path: Path) -> None:
    attacks = await fuzz(tmp_path, seconds=float(os.environ.get("DRILL_FUZZ_SECONDS", "12")), seed=7)
    assert min(attacks[kind] for kind in ("head", "frames", "messages")) > 20
