"""The page of the protocol names everything, and says nothing unescaped."""

import re

import httpx
import pytest

from breakout.contract.table import COMMANDS, PUSHES
from breakout.errors import REFUSALS
from gateway.app import make_app
from gateway.schema.docs_page import docs_page
from gateway.schema.json_schema import schemas
from gateway.schema.routes import schema_routes
from gateway.schema.words import Words, load_words

PAGE = docs_page(load_words(), "1.2.3")


def section(name: str) -> str:
    found = re.search(rf'<section>\n<h3 id="{re.escape(name)}">.*?</section>', PAGE, re.DOTALL)
    assert found is not None, name
    return found.group()


@pytest.mark.parametrize("spec", [*COMMANDS, *PUSHES], ids=lambda spec: spec.event)
def test_event_is_shown_with_its_fields(spec) -> None:
    kind = getattr(spec, "command", None) or spec.push
    shown = section(spec.event) if f'href="#{kind.__name__}"' not in section(spec.event) else section(kind.__name__)
    for name in schemas()[kind.__name__]["properties"]:
        assert f"<code>{name}</code>" in shown


def test_every_error_is_shown() -> None:
    assert [code for code in REFUSALS if f"<code>{code}</code>" not in PAGE] == []


def test_every_link_within_the_page_leads_somewhere_once() -> None:
    ids = re.findall(r' id="([^"]+)"', PAGE)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', PAGE)) <= set(ids)


def test_words_are_shown_as_text() -> None:
    page = docs_page({"breakout.ping": Words('<script>alert("x")</script>')}, "<b>")
    assert "<script" not in page
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;" in page
    assert "&lt;b&gt;" in page


def test_page_has_nothing_that_the_policy_forbids() -> None:
    assert re.findall(r"<script|<style|\sstyle=|\son\w+=", PAGE) == []


async def test_page_is_served_with_the_policy() -> None:
    transport = httpx.ASGITransport(make_app(schema_routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
        answer = await client.get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers
    assert "<h1>The wire protocol</h1>" in answer.text
