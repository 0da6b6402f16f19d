"""The AsyncAPI document is valid, complete and what the server serves."""

import json
import re

import httpx
import pytest

from breakout.contract.table import COMMANDS, PUSHES
from gateway.app import make_app
from gateway.schema.asyncapi import document
from gateway.schema.routes import schema_routes
from gateway.schema.words import load_words
from tests.javascript import JS, require_node_module, run_node
from tests.protocol_reader import json_frames

DOCUMENT = document(load_words())


def test_document_has_an_operation_for_every_event() -> None:
    received = [name for name, operation in DOCUMENT["operations"].items() if operation["action"] == "receive"]
    sent = [name for name, operation in DOCUMENT["operations"].items() if operation["action"] == "send"]
    assert received == [spec.event for spec in COMMANDS]
    assert sent == [spec.event for spec in PUSHES]


def test_every_command_is_answered_by_its_reply_or_a_refusal() -> None:
    for spec in COMMANDS:
        answers = [message["$ref"].split("/")[-1] for message in DOCUMENT["operations"][spec.event]["reply"]["messages"]]
        assert answers == [f"{spec.event}.reply", "refusal"]


def test_every_reference_leads_somewhere() -> None:
    references = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(DOCUMENT)))
    assert len(references) > 100
    for reference in references:
        place = DOCUMENT
        for step in reference.split("/"):
            place = place[step]


@pytest.mark.parametrize("frame", json_frames(), ids=lambda frame: f"{frame['event']}-{frame.get('id')}")
def test_examples_of_the_protocol_have_the_fields_of_their_message(frame) -> None:
    """Command frames as such; pushes by their event; replies are all of one form."""
    messages = DOCUMENT["components"]["messages"]
    kind = ("breakout.room.join.reply" if frame["success"] else "refusal") if frame["event"] == "reply" else frame["event"]
    payload = messages[kind]["payload"]
    assert set(payload["required"]) <= set(frame)
    assert set(frame) <= set(payload["properties"])


def test_official_parser_finds_nothing_wrong() -> None:
    require_node_module("@asyncapi/parser")
    said = run_node(JS / "validate_asyncapi.mjs", stdin=json.dumps(DOCUMENT))
    assert said.splitlines()[-1] == f"{len(COMMANDS) + len(PUSHES)} operations"
    assert [line for line in said.splitlines() if line.startswith(("0 ", "1 "))] == []


async def test_document_is_served_as_it_is() -> None:
    transport = httpx.ASGITransport(make_app(schema_routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
        answer = await client.get("/asyncapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == DOCUMENT
