"""Programs of the system that tests here need."""

import os
import shutil

import pytest


def need(program: str) -> None:
    """Skip the test where `program` is missing; where everything is to be tested (`CI`), it fails."""
    if shutil.which(program) is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{program} is not installed")
