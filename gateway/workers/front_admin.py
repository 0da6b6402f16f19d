"""The operators' API of a server with workers: what concerns one session is asked of its owner, the rest of all.

Paths, requests and answers are those of `gateway/admin/`, which answers each question here; who asks is judged there too, by the
token that is passed on. That it is a token of somebody who may ask at all is seen here, so that others cost workers nothing.
"""

from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import orjson
from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from breakout.permission import Permission
from gateway.admin.audit import before_asked, limit_asked
from gateway.admin.desk import path_id, path_target
from gateway.api.auth import Gate
from gateway.api.refused import ApiRefused, Handler, answered, json_response
from gateway.workers.ask import (
    LOOK_SECONDS,
    NOT_FOUND,
    PATIENCE_SECONDS,
    Answer,
    Asking,
    Question,
    question_of,
    silence,
)
from gateway.workers.front_process import FrontProcess
from gateway.workers.merged_reports import joined_acts, joined_event, joined_sessions, joined_tree

ACTIONS: Final = {"restart": "room.restart", "close": "room.close", "evict": "user.remove", "readmit": "user.readmit"}
"""What the audit calls what is asked for at a path's end."""


@frozen
class FrontAdmin:
    asking: Asking
    process: FrontProcess

    def routes(self) -> list[Route]:
        """Everything under `/api/admin`."""

        def route(path: str, handler: Handler, method: str = "GET") -> Route:
            return Route(f"/api/admin/{path}", answered(handler), methods=[method])

        return [
            route("actors", self.tree),
            route("sessions", self.sessions),
            route("rooms/{id}", self.room),
            *(route(f"rooms/{{id}}/{act}", self.act_on_room, "POST") for act in ("restart", "close")),
            *(route(f"sessions/{{id}}/{act}", self.act_on_session, "POST") for act in ("evict", "readmit")),
            route("drain", self.process.drain, "POST"),
            route("backup", self.process.back_up, "POST"),
            route("log-level", self.process.show_log_level),
            route("log-level", self.process.set_log_level, "PUT"),
            route("audit", self.audit),
        ]

    async def tree(self, request: Request) -> Response:
        """As of one process, with `server.workers` besides, and in `server.missing` those of whose sessions nothing is shown."""
        question = await self._question(request, LOOK_SECONDS)
        session_id = request.query_params.get("session")
        if session_id is not None:
            return (await self._of_owner(session_id, question)).response()
        answers = await self.asking.those_up(question)
        refusal = _refusal(answers)
        if refusal is not None:
            return refusal.response()
        if not answers:
            raise ApiRefused(503, "overloaded", "; ".join(map(silence, self.asking.missing(answers))))
        tree = joined_tree([orjson.loads(answer.body) for answer in answers])
        tree["server"]["workers"] = self.process.workers()
        tree["server"]["missing"] = self._missing(answers)
        return json_response(tree)

    async def sessions(self, request: Request) -> Response:
        """Those of all workers, in order; 503 where one is missing, since its sessions would be."""
        answers = await self.asking.everyone(await self._question(request))
        refusal = _refusal(answers)
        if refusal is not None:
            return refusal.response()
        self.process.gate.server_operator(request)
        return json_response(joined_sessions([orjson.loads(answer.body) for answer in answers], limit_asked(request)))

    async def room(self, request: Request) -> Response:
        """Asked of all: the one that knows the room shows it, and to the others there is no such room."""
        return await self._of_room(request, LOOK_SECONDS)

    async def act_on_room(self, request: Request) -> Response:
        """As `room`; the one that knows the room notes what became of it."""
        async with self._noting_refusals(request, path_target(request)):
            return await self._of_room(request, PATIENCE_SECONDS)

    async def act_on_session(self, request: Request) -> Response:
        """The owner notes what became of it; here is noted what it was not asked, or did not answer."""
        async with self._noting_refusals(request, ""):
            question = await self._question(request)
            return (await self._of_owner(path_id(request), question)).response()

    async def audit(self, request: Request) -> Response:
        """With `?session=S` from its owner; without it what this process and all workers have, newest first.

        `missing` are the workers that do not answer, of which what operators did since the server was started is not shown.
        """
        session_id = request.query_params.get("session")
        question = await self._question(request, LOOK_SECONDS)
        if session_id is not None:
            return (await self._of_owner(session_id, question)).response()
        answers = await self.asking.those_up(question)
        refusal = _refusal(answers)
        if refusal is not None:
            return refusal.response()
        self.process.gate.server_operator(request)
        limit, before = limit_asked(request), before_asked(request)
        own = await self.process.acts(before, limit)
        page = joined_acts(own, [orjson.loads(answer.body) for answer in answers], limit)
        return json_response({**page, "missing": self._missing(answers)})

    def _missing(self, answers: list[Answer]) -> list[int]:
        return [worker.number for worker in self.asking.missing(answers)]

    async def _question(self, request: Request, patience_seconds: float = PATIENCE_SECONDS) -> Question:
        """What an operator asks. Raises: ApiRefused: 401 or 403, it is none."""
        self.process.gate.operator(request)
        return await question_of(request, patience_seconds)

    async def _of_room(self, request: Request, patience_seconds: float) -> Response:
        question = await self._question(request, patience_seconds)
        path_id(request)
        answer = await self.asking.knowing(question)
        if answer.status == NOT_FOUND:
            raise ApiRefused(404, "room_not_found", "there is no such room")
        return answer.response()

    def _noting_refusals(self, request: Request, target: str) -> AbstractAsyncContextManager[None]:
        """Notes what is refused here. Raises: ApiRefused: 401, nobody is known to want it."""
        caller = self.process.gate.claims(request).caller
        action = ACTIONS[request.url.path.rpartition("/")[2]]
        keep = caller.may(Permission.OPERATE)
        return self.process.trail.refusals(caller.user, action, target, self.process.clock.now, keep=keep)

    async def _of_owner(self, session_id: str, question: Question) -> Answer:
        return await self.asking.one(self.asking.crew.owner(session_id), question)


@frozen
class FrontEvents:
    asking: Asking
    gate: Gate

    async def list_rooms(self, request: Request) -> Response:
        """`/api/events/{id}/rooms`: the sessions of all workers; 503 where one is missing, since its sessions would be."""
        self.gate.event(request)
        answers = await self.asking.everyone(await question_of(request))
        refusal = _refusal(answers)
        if refusal is not None:
            return refusal.response()
        reports: list[dict[str, Any]] = [orjson.loads(answer.body) for answer in answers]
        return json_response(joined_event(reports))


def _refusal(answers: list[Answer]) -> Answer | None:
    """The first that is none of success."""
    return next((answer for answer in answers if answer.status >= 300), None)
