"""Scripts without their comments: there is no build step, and over the wire the comments would be a fifth of the web app.

Only lines that are nothing but comment go, and their line breaks stay: the numbers in a stack trace are those of the source.
"""

from collections.abc import Iterator


def without_comments(source: bytes) -> bytes:
    """`source` with an empty line for every line of comment.

    A comment with code behind it stays. It knows no grammar: a template literal must not have a line that begins with
    `//` or `/*`; a test looks for such.
    """
    return b"\n".join(_kept(source.split(b"\n")))


def _kept(lines: list[bytes]) -> Iterator[bytes]:
    inside = False
    for line in lines:
        text = line.strip()
        inside = inside or (text.startswith(b"/*") and text.find(b"*/") in (-1, len(text) - 2))
        yield b"" if inside or text.startswith(b"//") else line
        inside = inside and not text.endswith(b"*/")
