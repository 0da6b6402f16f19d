"""What arrives, as one line each for a person to read.

Texts of other people are shown with their control characters made visible: a chat message must not move the cursor.
"""

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from gateway.terminal_input import PREFIX

SHOWN_ITEMS = 5
QUIET_EVENTS = frozenset({"breakout.timer.tick"})


class TerminalView:
    """Prints to `console`; on a terminal lines are cut at its width, in a pipe they are whole."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console if console is not None else Console(highlight=False)

    def connected(self, session: str) -> None:
        self._line(f"connected to {session}; type an event and its data, Ctrl-D ends", "bold")

    def message(self, message: dict[str, Any], event: str | None = None) -> None:
        """A frame of the server; `event` is the command that a reply belongs to."""
        if message.get("event") != "reply":
            self._push(message)
        elif message.get("success"):
            self._line(f"ok      {_bare(event)}  {_json(message.get('data'))}", "green")
        else:
            error = message.get("error")
            error = error if isinstance(error, dict) else {}
            self._line(f"refused {_bare(event)}  {error.get('code')}: {error.get('message')}{_details(error)}", "red")

    def problem(self, text: str) -> None:
        """Something went wrong at this end, or the connection ended."""
        self._line(text, "yellow")

    def _push(self, message: dict[str, Any]) -> None:
        event, data = str(message.get("event")), message.get("data")
        fields = "  ".join(f"{name}={brief(value)}" for name, value in data.items()) if isinstance(data, dict) else brief(data)
        self._line(f"{_clock(message.get('sentAt'))}{_bare(event)}  {fields}", "dim" if event in QUIET_EVENTS else "")

    def _line(self, text: str, style: str) -> None:
        line = Text(visible(text), style=style)
        if self._console.is_terminal:
            self._console.print(line, no_wrap=True, overflow="ellipsis")
        else:
            self._console.print(line, soft_wrap=True)


def brief(value: Any) -> str:
    """A value of the wire in a few words: rooms and people by their names, lists by their first items."""
    if isinstance(value, dict):
        return _brief_object(value)
    if isinstance(value, list):
        more = f", {len(value) - SHOWN_ITEMS} more" if len(value) > SHOWN_ITEMS else ""
        return f"[{', '.join(brief(item) for item in value[:SHOWN_ITEMS])}{more}]"
    return value if isinstance(value, str) else _json(value)


def visible(text: str) -> str:
    """`text` with every control and formatting character that could act on a terminal written out."""
    return "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs") else c.encode("unicode_escape").decode() for c in text)


def _brief_object(value: dict[str, Any]) -> str:
    match value:
        case {"name": name, "id": key, "status": status, "participantCount": count, "maxParticipants": places}:
            return f"{name} ({key}) {status} {count}/{places}"
        case {"text": text, "user": {"firstName": first}}:
            return f"{first}: {text}"
        case {"firstName": first, "lastName": last}:
            key = value.get("id") or value.get("userId")
            return f"{first} {last}".strip() + f" ({key})"
        case {"state": state, "remainingSeconds": int(left)}:
            return f"{state} {left // 60}:{left % 60:02}"
        case _:
            return "{" + ", ".join(f"{name}={brief(inner)}" for name, inner in value.items()) + "}"


def _details(error: dict[str, Any]) -> str:
    return f"  {_json(error['details'])}" if error.get("details") else ""


def _bare(event: str | None) -> str:
    return (event or "a command").removeprefix(PREFIX)


def _clock(sent_at: Any) -> str:
    try:
        return datetime.fromtimestamp(sent_at / 1000, UTC).astimezone().strftime("%H:%M:%S ")
    except (TypeError, ValueError, OverflowError, OSError):  # no instant, or not one of this calendar
        return ""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
