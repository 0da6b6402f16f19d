"""A wall clock that a drill may set while a server runs, with Debian's `faketime`; the monotonic clock goes on."""

from pathlib import Path

from attrs import frozen


def library() -> Path | None:
    """libfaketime; None where it is not installed."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    return found[0] if found else None


@frozen
class FakedClock:
    """Attributes: setting: The file that says by how many seconds the clock is wrong; read at every question."""

    setting: Path

    def jump(self, seconds: int) -> None:
        """Set the clock to the true time and so many seconds."""
        fresh = self.setting.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}", encoding="ascii")
        fresh.replace(self.setting)  # never half written

    def preload(self) -> dict[str, str]:
        """The environment of a process that is to have this clock."""
        variables = {"FAKETIME_TIMESTAMP_FILE": str(self.setting), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        return {"LD_PRELOAD": str(library()), **variables}
