"""`GET /docs`: every command, push, object and error on one page that a person can read, without a script.

Everything that is put into the page is escaped, the project's own words included.
"""

import json
from collections.abc import Iterable, Iterator
from html import escape

from breakout.contract.table import COMMANDS, PUSHES, CommandSpec, PushSpec
from breakout.errors import REFUSALS, TRANSIENT_CODES
from gateway.schema.asyncapi import NEEDS
from gateway.schema.json_schema import REFERENCE, Schema, schemas
from gateway.schema.words import EVENT_OF_CLASS, UNSAID, Words, of_class

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>breakout.v1 - the protocol</title>
<link rel="stylesheet" href="/docs/docs.css">
<link rel="icon" href="data:,">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<nav aria-label="Contents">
<p class="brand">breakout.v1 <span>{version}</span></p>
{contents}</nav>
<main id="content">
<h1>The wire protocol</h1>
<p>JSON text frames over one WebSocket per device: <code>GET /ws/&#123;sessionId&#125;</code>, subprotocol <code>breakout.v1</code>.
Machines read <a href="/asyncapi.json">AsyncAPI</a>; browsers use <a href="/client/breakout.js">the client library</a> and
<a href="/client/breakout.d.ts">its types</a>. Instants (<code>...At</code>) are milliseconds since the Unix epoch.</p>
{body}</main>
</body>
</html>
"""

PLAIN = {"string": "string", "boolean": "true or false", "integer": "whole number", "null": "null"}


def docs_page(words: dict[str, Words], version: str) -> str:
    """The page as HTML text."""
    described = schemas()
    of_events = {spec.command.__name__ for spec in COMMANDS} | {spec.push.__name__ for spec in PUSHES if _owned(spec)}
    objects = [name for name in described if name not in of_events]
    groups = {
        "Commands": [spec.event for spec in COMMANDS],
        "Pushes": [spec.event for spec in PUSHES],
        "Objects": sorted(objects),
        "Errors": [],
    }
    sections = {
        "Commands": [_command(spec, described, words) for spec in COMMANDS],
        "Pushes": [_push(spec, described, words) for spec in PUSHES],
        "Objects": [_object(name, described[name], of_class(words, name)) for name in sorted(objects)],
        "Errors": [_errors(words)],
    }
    body = "".join(f'<h2 id="{title.lower()}">{title}</h2>\n{"".join(parts)}' for title, parts in sections.items())
    return PAGE.format(version=escape(version), contents="".join(_contents(groups)), body=body)


def _owned(spec: PushSpec) -> bool:
    """Whether the push's class is shown with the event alone; a snapshot is an object of its own."""
    return spec.push.__name__ in EVENT_OF_CLASS and spec.push not in {command.reply for command in COMMANDS}


def _contents(groups: dict[str, list[str]]) -> Iterator[str]:
    for title, names in groups.items():
        items = "".join(f'<li><a href="#{escape(name)}">{escape(name.removeprefix("breakout."))}</a></li>\n' for name in names)
        yield f'<h2><a href="#{title.lower()}">{title}</a></h2>\n' + (f"<ul>\n{items}</ul>\n" if items else "")


def _command(spec: CommandSpec, described: dict[str, Schema], words: dict[str, Words]) -> str:
    said = words.get(spec.event, UNSAID)
    reply = f"<p>Replies {_type({'$ref': REFERENCE + spec.reply.__name__})}. {_text(NEEDS[spec.needs])}</p>\n"
    also = f"<p>Also possible: {escape(said.refusals)}</p>\n" if said.refusals else ""
    table = _table(described[spec.command.__name__], said, sent=True)
    return _section(spec.event, said.summary, reply + table + also)


def _push(spec: PushSpec, described: dict[str, Schema], words: dict[str, Words]) -> str:
    said = words.get(spec.event, UNSAID)
    data = _type({"$ref": REFERENCE + spec.push.__name__})
    table = _table(described[spec.push.__name__], said) if _owned(spec) else f"<p>Data: {data}.</p>\n"
    return _section(spec.event, said.summary, f"<p>To: {escape(spec.to)}.</p>\n{table}")


def _object(name: str, schema: Schema, said: Words) -> str:
    if "enum" in schema:
        return _section(name, said.summary, f"<p>One of {_choices(schema['enum'])}.</p>\n")
    return _section(name, said.summary, _table(schema, said, sent=not schema["additionalProperties"]))


def _section(name: str, summary: str, content: str) -> str:
    intro = f"<p>{escape(summary)}</p>\n" if summary else ""
    return f'<section>\n<h3 id="{escape(name)}"><code>{escape(name)}</code></h3>\n{intro}{content}</section>\n'


def _table(schema: Schema, said: Words, *, sent: bool = False) -> str:
    if not schema["properties"]:
        return "<p>No fields.</p>\n"
    rows = "".join(
        f"<tr><th scope=\"row\"><code>{escape(name)}</code></th><td>{_presence(name, schema, sent=sent)}</td>"
        f"<td>{_type(of_field)}</td><td>{escape(said.fields.get(name, ''))}</td></tr>\n"
        for name, of_field in schema["properties"].items()
    )
    return _grid(("field", "given", "type", "meaning"), rows)


def _grid(headings: Iterable[str], rows: str) -> str:
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    table = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>"
    return f'<div class="table">{table}</div>\n'


def _presence(name: str, schema: Schema, *, sent: bool) -> str:
    """Of what clients send, the default; of what they get, whether it may be missing."""
    if name in schema["required"]:
        return "required" if sent else "always"
    default = schema["properties"][name]
    if sent and "default" in default:
        return f"default <code>{escape(json.dumps(default['default']))}</code>"
    return "optional"


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        name = escape(str(schema["$ref"]).removeprefix(REFERENCE))
        return f'<a href="#{name}">{name}</a>'
    if "allOf" in schema:
        return _type(schema["allOf"][0])
    if "anyOf" in schema:
        return " or ".join(_type(member) for member in schema["anyOf"])
    if schema["type"] == "array":
        return f"list of {_range(schema, 'Items')}{_type(schema['items'])}"
    if schema["type"] == "object":
        return f"map to {_type(schema['additionalProperties'])}"
    return PLAIN[schema["type"]] + _limits(schema)


def _limits(schema: Schema) -> str:
    if "maxLength" in schema:
        return f", {_range(schema, 'Length')}characters{', trimmed' if 'x-trimmed' in schema else ''}"
    return f", {schema['minimum']} to {schema['maximum']}" if "maximum" in schema else ""


def _range(schema: Schema, of: str) -> str:
    return f"{schema[f'min{of}']}-{schema[f'max{of}']} " if f"max{of}" in schema else ""


def _choices(values: Iterable[str]) -> str:
    return ", ".join(f"<code>{escape(json.dumps(value))}</code>" for value in values)


def _text(text: str) -> str:
    """Text with code marks as HTML."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))


def _errors(words: dict[str, Words]) -> str:
    rows = "".join(
        f'<tr><th scope="row"><code>{code}</code></th><td>{"yes" if code in TRANSIENT_CODES else "no"}</td>'
        f"<td>{escape(words.get(code, UNSAID).summary)}</td></tr>\n"
        for code in REFUSALS
    )
    return _grid(("code", "try again", "meaning"), rows)
