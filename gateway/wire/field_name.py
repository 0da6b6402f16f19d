"""Names of fields: snake_case in Python, camelCase on the wire."""

from functools import cache

import attrs


@cache
def wire_name(name: str) -> str:
    """`max_participants` as `maxParticipants`."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def wire_names(kind: type) -> dict[str, str]:
    """Per attribute of an attrs class its name on the wire, in the order of the class."""
    return {attribute.name: wire_name(attribute.name) for attribute in attrs.fields(kind)}
