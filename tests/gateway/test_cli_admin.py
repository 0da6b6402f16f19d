"""The operators' commands against a server in this process."""

import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest
import trio
from click.testing import CliRunner, Result

from gateway.admin_client import AdminClient, NoAnswer
from gateway.cli import OPERATORS, main
from tests.fakes.token_maker import SECRET
from tests.gateway.admin.scenes import room_with_ann
from tests.gateway.admin.test_asleep import put_to_sleep
from tests.gateway.server_harness import World, running_server, token

Run = Callable[..., Awaitable[Result]]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    (tmp_path / "backups").mkdir()
    async with running_server(tmp_path, backup_directory=tmp_path / "backups") as running:
        yield running


@pytest.fixture
def run(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a thread, with the server's key in the environment; `as_user` takes the place of the key."""
    monkeypatch.chdir(tmp_path)

    async def run(*args: str, as_user: str | None = None, **environ: str) -> Result:
        who = {"BREAKOUT_TOKEN": as_user} if as_user else {"BREAKOUT_HMAC_KEY": SECRET.decode()}
        environment = {"BREAKOUT_URL": world.server.admin_url, **who, **environ}
        with trio.fail_after(20):
            return await trio.to_thread.run_sync(lambda: CliRunner().invoke(main, list(args), env=environment))

    return run


async def test_rooms_are_listed_for_people_and_for_programs(world: World, run: Run) -> None:
    room_id, _ = await room_with_ann(world)
    head, line = (await run("rooms")).stdout.splitlines()
    assert head.split()[:4] == ["ROOM", "SESSION", "NAME", "STATUS"]
    assert line.split()[:7] == [room_id, "demo", "Blue", "WAITING", "running", "1/8", "1"]
    (found,) = json.loads((await run("rooms", "--session", "demo", "--json")).stdout)
    assert (found["id"], found["people"]) == (room_id, 1)


async def test_sessions_are_listed(world: World, run: Run) -> None:
    await room_with_ann(world)
    assert (await run("sessions")).stdout.splitlines()[1].split() == ["demo", "running", "1", "2", "2", "1", "1", "1", "0", "0"]
    assert "rooms" not in json.loads((await run("sessions", "--json")).stdout)[0]


async def test_sessions_that_sleep_are_listed_with_the_others_page_by_page(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room_with_ann(world)
    for session in ("a", "b"):
        await put_to_sleep(world, session)
    await world.server.root.save_snapshots()
    monkeypatch.setattr("gateway.cli_admin.SESSIONS_PER_PAGE", 1)
    lines = (await run("sessions", "--all")).stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["SESSION", "WHERE", "USERS", "ROOMS", "OPEN"], ["a", "asleep", "1", "1", "1"], ["b", "asleep", "1", "1", "1"],
        ["demo", "memory", "2", "1", "1"],
    ]  # fmt: skip
    assert [each["id"] for each in json.loads((await run("sessions", "--all", "--json")).stdout)] == ["a", "b", "demo"]
    assert (await run("rooms", "--session", "a")).stdout.splitlines()[1].split()[1:3] == ["a", "Blue"]


async def test_room_is_shown_with_its_people_and_its_journal(world: World, run: Run) -> None:
    room_id, _ = await room_with_ann(world)
    shown = (await run("room", "show", room_id)).stdout
    assert re.search(rf"^room        Blue \({room_id}\)$", shown, re.MULTILINE)
    assert re.search(r"^ann +PARTICIPANT +1 +self$", shown, re.MULTILINE)
    assert re.search(r"SeatTaken +breakout.room.join +ann$", shown, re.MULTILINE)
    assert json.loads((await run("room", "show", room_id, "--json")).stdout)["room"]["id"] == room_id


async def test_room_is_restarted_and_closed(world: World, run: Run) -> None:
    room_id, ann = await room_with_ann(world)
    assert (await run("room", "restart", room_id)).stdout == f"{room_id} is restarted\n"
    await ann.wait_for("room.restored")
    assert json.loads((await run("room", "close", room_id, "--json")).stdout) == {}
    await ann.wait_for("room.closed")


async def test_evicted_user_is_out_and_readmitted_user_in_again(world: World, run: Run) -> None:
    _, ann = await room_with_ann(world)
    assert "breakout readmit demo ann\n" in (await run("evict", "demo", "ann")).stdout
    assert await ann.close_code() == 4002
    assert (await run("readmit", "demo", "ann")).exit_code == 0
    await world.connect("ann")


async def test_somebody_who_was_never_there_is_evicted_and_it_is_said_so(world: World, run: Run) -> None:
    await room_with_ann(world)
    said = (await run("evict", "demo", "stranger")).stdout
    assert said == "stranger, who has not been there yet, is out of demo; let them in again with: breakout readmit demo stranger\n"


async def test_revoked_user_is_out_listed_and_in_again(world: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "nightshift")
    _, ann = await room_with_ann(world)
    assert (await run("revoke", "ann")).exit_code == 0
    assert await ann.close_code() == 4002
    listed = [line.split()[::3] for line in (await run("revoked")).stdout.splitlines()]
    assert listed == [["USER", "BY"], ["ann", "cli:nightshift"]]
    assert json.loads((await run("revoked", "--json")).stdout)[0]["userId"] == "ann"
    assert (await run("reinstate", "ann")).stdout == "ann may come in again\n"
    await world.connect("ann")


async def test_nobody_revokes_themselves(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "nightshift")
    result = await run("revoke", "cli:nightshift")
    assert (result.exit_code, "have another operator do it (conflict, 409)" in result.stderr) == (1, True)


async def test_audit_names_who_ran_the_command(world: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "nightshift")
    await room_with_ann(world)
    await run("evict", "demo", "ann")
    for args in (["audit"], ["audit", "--session", "demo"]):
        assert (await run(*args)).stdout.splitlines()[1].split()[2:] == ["cli:nightshift", "user.remove", "ann", "done"]
    assert json.loads((await run("audit", "--json")).stdout)["acts"][0]["action"] == "user.remove"


async def test_audit_says_of_which_workers_acts_are_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    page = {"acts": [], "before": None, "missing": [2]}
    monkeypatch.setattr("gateway.admin_client.AdminClient.get", lambda *_, **__: page)
    assert "sessions of worker 2 since the start is missing" in (await run("audit")).stderr


@pytest.mark.parametrize("command", ["rooms", "sessions"])
async def test_worker_whose_sessions_are_missing_is_said(run: Run, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    tree = {"server": {"workers": [{"worker": 2, "state": "up", "pid": 99}], "missing": [2]}, "sessions": []}
    monkeypatch.setattr("gateway.admin_client.AdminClient.get", lambda *_, **__: tree)
    result = await run(command, "--json")
    assert (json.loads(result.stdout), "worker 2 HANGS" in result.stderr) == ([], True)


async def test_health_is_asked_for_where_the_server_is_said_to_be(world: World, run: Run, tmp_path: Path) -> None:
    assert (await run("health", "--ready")).exit_code == 0
    for url in (f"unix:{tmp_path}/none.sock", "http://127.0.0.1:1", "127.0.0.1"):
        result = await run("health", "--url", url)
        assert (result.exit_code, result.stderr.count("\n"), url in result.stderr) == (1, 1, True)


async def test_backup_is_written_and_its_size_said(world: World, run: Run, tmp_path: Path) -> None:
    result = await run("backup", "tonight.db")
    path = tmp_path / "backups" / "tonight.db"
    assert result.stdout == f"{path}  {path.stat().st_size:,} bytes\n"


async def test_log_level_is_shown_and_set(world: World, run: Run) -> None:
    assert (await run("log-level", "warning")).stdout == "warning\n"
    assert (await run("log-level")).stdout == "warning\n"


async def test_drain_asks_the_server_to_stop(world: World, run: Run) -> None:
    assert (await run("drain")).stdout == "draining\n"
    assert world.server.stop.is_set()


async def test_top_without_a_terminal_prints_one_picture(world: World, run: Run) -> None:
    room_id, _ = await room_with_ann(world)
    result = await run("top", COLUMNS="80")
    assert result.exit_code == 0
    assert re.search(rf"^{room_id} +demo +Blue +WAITING +running +0 ", result.stdout, re.MULTILINE)
    assert json.loads((await run("top", "--json")).stdout)["sessions"][0]["id"] == "demo"


async def test_refusal_of_the_server_is_one_line_and_exit_code_1(world: World, run: Run) -> None:
    result = await run("room", "show", "none")
    assert (result.exit_code, result.stderr) == (1, "breakout: there is no such room (room_not_found, 404)\n")
    result = await run("rooms", as_user=token("olga", roles=["OWNER"]))
    assert (result.exit_code, "breakout:operate" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("args", "environ", "message"),
    [
        (["rooms"], {"BREAKOUT_URL": "http://127.0.0.1:1"}, "cannot reach the server at http://127.0.0.1:1"),
        (["rooms"], {"BREAKOUT_URL": "unix:/none.sock"}, "cannot reach the server at unix:/none.sock"),
        (["rooms"], {"BREAKOUT_URL": "http://["}, "cannot reach the server"),
        (["rooms"], {"BREAKOUT_HMAC_KEY": ""}, "BREAKOUT_HMAC_KEY must have at least 32 bytes"),
        (["rooms", "--token", "swordfish"], {}, "the token is not a JWT"),
        (["rooms", "--nonsense"], {}, "No such option"),
        (["room", "show", "a/b"], {}, "'a/b' is no id"),
        (["evict", "x" * 65, "ann"], {}, "is no id"),
        (["log-level", "loud"], {}, "'loud' is not one of"),
    ],
)
async def test_what_was_not_asked_is_exit_code_2(
    run: Run, args: list[str], environ: dict[str, str], message: str
) -> None:
    result = await run(*args, **environ)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("args", "said"),
    [(["rooms"], "does it hang? breakout doctor"), (["evict", "demo", "ann"], "it may still take effect: see breakout audit")],
)
async def test_server_that_breaks_off_is_exit_code_3_and_nothing_is_said_to_be_undone(run: Run, args: list[str], said: str) -> None:
    async def break_off(stream: trio.SocketStream) -> None:
        await stream.receive_some()

    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, break_off, 0, host="127.0.0.1"))
        result = await run(*args, BREAKOUT_URL=f"http://127.0.0.1:{listener.socket.getsockname()[1]}")
        nursery.cancel_scope.cancel()
    assert (result.exit_code, said in result.stderr) == (3, True)


def test_server_that_hangs_is_waited_for_so_long_and_no_longer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = AdminClient(f"http://127.0.0.1:{silent.getsockname()[1]}", lambda: "t", patience_seconds=0.02)
        with pytest.raises(NoAnswer, match=r"no answer from http://127\.0\.0\.1:\d+ in 0\.02 s; it may still"):
            client.post("drain")


async def test_without_key_and_token_it_is_said_what_is_needed(world: World, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    result = await trio.to_thread.run_sync(lambda: CliRunner().invoke(main, ["rooms", "--url", world.server.url]))
    assert result.exit_code == 2
    assert "a token is needed" in result.stderr


async def test_server_is_found_by_its_settings_where_it_has_a_socket_for_operators(tmp_path: Path) -> None:
    listen = f"unix:{tmp_path}/admin.sock"
    (tmp_path / "b.toml").write_text(f'admin_listen = "{listen}"\nhmac_key_file = "{tmp_path}/key"\n')
    (tmp_path / "key").write_bytes(SECRET)
    async with running_server(tmp_path, admin_listen=listen) as world:
        await world.connect("ann")
        args = ["sessions", "--config", str(tmp_path / "b.toml")]
        result = await trio.to_thread.run_sync(lambda: CliRunner().invoke(main, args))
        healthy = await trio.to_thread.run_sync(lambda: CliRunner().invoke(main, ["health"], env={"BREAKOUT_URL": listen}))
    assert (result.exit_code, result.stdout.splitlines()[1].split()[0]) == (0, "demo")
    assert healthy.exit_code == 0


def commands(group: click.Group, prefix: str = "") -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, command in group.commands.items():
        found += commands(command, f"{name} ") if isinstance(command, click.Group) else [(prefix + name, command)]
    return found


@pytest.mark.parametrize("name", [name for name, command in commands(main) if command in OPERATORS or name.startswith("room ")])
def test_help_of_every_operators_command_has_its_exit_codes_and_json(name: str) -> None:
    text = CliRunner().invoke(main, [*name.split(), "--help"]).output
    assert "--json" in text
    assert re.search(r"Exit codes:\n +0 .*\n +1 .*\n +2 .*\n(?: +3 .*\n)?", text)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands(shell: str) -> None:
    source = CliRunner().invoke(main, [], prog_name="breakout", env={"_BREAKOUT_COMPLETE": f"{shell}_source"})
    assert "_BREAKOUT_COMPLETE" in source.output


def test_completion_of_a_beginning_offers_the_commands_that_fit() -> None:
    environ = {"_BREAKOUT_COMPLETE": "bash_complete", "COMP_WORDS": "breakout ro", "COMP_CWORD": "1"}
    offered = CliRunner().invoke(main, [], prog_name="breakout", env=environ).output
    assert set(offered.split()) == {"plain,room", "plain,rooms"}
