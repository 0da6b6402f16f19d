"""The contract described for others: JSON Schema, TypeScript, AsyncAPI, a page to read.

    breakout.contract ── json_schema.py ──┬── typescript.py ── web/client/breakout.d.ts   (committed; `make types` writes it)
    PROTOCOL.md ── words.py, words.json ──┼── asyncapi.py ──── GET /asyncapi.json
                                          └── docs_page.py ─── GET /docs

Everything follows from the classes; the sentences come from PROTOCOL.md, which a test holds to the classes. May import:
`breakout`, attrs, `gateway.wire.field_name`. Nothing here runs while requests are served. Start reading at `json_schema.py`.
"""
