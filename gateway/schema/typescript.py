"""The declarations beside the JavaScript client: types of everything on the wire from the classes, then the client's own.

The client's part, which no class of the server knows, is written by hand in `typescript_api.d.ts` and held to the module by
`tsc --checkJs`.
"""

import json
from collections.abc import Iterator
from importlib.resources import files

from breakout.contract.table import COMMANDS, PUSHES
from breakout.errors import REFUSALS
from gateway.schema.json_schema import REFERENCE, Schema, schemas
from gateway.schema.words import UNSAID, Words, of_class

HEADER = """\
// The types of the JavaScript client. Written by `make types` from the server's own classes; do not edit.
// Instants (...At) are milliseconds since the Unix epoch on the server's clock; durations carry their unit in their name.
"""

PLAIN = {"string": "string", "boolean": "boolean", "integer": "number", "null": "null"}


def declarations(words: dict[str, Words]) -> str:
    """The text of `breakout.d.ts`."""
    parts = [HEADER, *(_declaration(name, schema, of_class(words, name)) for name, schema in schemas().items())]
    parts += [_commands(words), _pushes(words), _refusal_codes()]
    parts.append(files("gateway.schema").joinpath("typescript_api.d.ts").read_text(encoding="utf-8"))
    return "\n".join(parts)


def typescript(schema: Schema) -> str:
    """The type of one field."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(REFERENCE)
    if "allOf" in schema:
        return typescript(schema["allOf"][0])
    if "anyOf" in schema:
        return " | ".join(typescript(member) for member in schema["anyOf"])
    if schema["type"] == "array":
        return f"readonly {_bracketed(typescript(schema['items']))}[]"
    if schema["type"] == "object":
        return f"Readonly<Record<string, {typescript(schema['additionalProperties'])}>>"
    return PLAIN[schema["type"]]


def _bracketed(text: str) -> str:
    return f"({text})" if " " in text else text


def _declaration(name: str, schema: Schema, said: Words) -> str:
    if "enum" in schema:
        return f"export type {name} = {' | '.join(map(json.dumps, schema['enum']))};\n"
    fields = "".join(_fields(schema, said))
    body = f"{{\n{fields}}}" if fields else "{}"
    return f"{_comment(said.summary)}export interface {name} {body}\n"


def _fields(schema: Schema, said: Words) -> Iterator[str]:
    for name, of_field in schema["properties"].items():
        optional = "" if name in schema["required"] else "?"
        notes = [said.fields.get(name, ""), _limits(of_field)]
        yield _comment(". ".join(note for note in notes if note), indent="  ")
        yield f"  readonly {name}{optional}: {typescript(of_field)};\n"


def _limits(schema: Schema) -> str:
    """What a type cannot say."""
    limited = next((member for member in schema.get("anyOf", ()) if "$ref" not in member), schema)
    bounds = {"minLength": "maxLength", "minimum": "maximum", "minItems": "maxItems"}
    units = {"minLength": " characters", "minimum": "", "minItems": " items"}
    for least, most in bounds.items():
        if least in limited:
            return f"{limited[least]} to {limited[most]}{units[least]}" + _default(schema)
    return _default(schema).removeprefix("; ")


def _default(schema: Schema) -> str:
    return f"; default {json.dumps(schema['default'])}" if "default" in schema else ""


def _comment(text: str, indent: str = "") -> str:
    return f"{indent}/** {text.replace('*/', '* /')} */\n" if text else ""


def _commands(words: dict[str, Words]) -> str:
    rows = [
        f"{_comment(_summary(words, spec.event), '  ')}"
        f'  readonly "{spec.event}": {{ readonly data: {spec.command.__name__}; readonly reply: {spec.reply.__name__} }};\n'
        for spec in COMMANDS
    ]
    return f"/** Every command: what `call` takes and what it gives. */\nexport interface Commands {{\n{''.join(rows)}}}\n"


def _pushes(words: dict[str, Words]) -> str:
    rows = [
        f'{_comment(_summary(words, spec.event), "  ")}  readonly "{spec.event}": {spec.push.__name__};\n' for spec in PUSHES
    ]
    return f"/** Every push that `on` hears. */\nexport interface Pushes {{\n{''.join(rows)}}}\n"


def _summary(words: dict[str, Words], event: str) -> str:
    return words.get(event, UNSAID).summary


def _refusal_codes() -> str:
    return f"export type RefusalCode =\n  | {f'{chr(10)}  | '.join(json.dumps(code) for code in REFUSALS)};\n"
