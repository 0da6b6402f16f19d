"""The command line: what a mistake says, and a server in a process of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.settings import Settings
from gateway.start_refused import StartRefused
from gateway.token import TokenVerifier
from tests.fakes.token_maker import NOW, SECRET

PROGRAM = [sys.executable, "-c", "from gateway.cli import main; main(prog_name='breakout')"]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command in an empty directory, with no settings but those given."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("BREAKOUT_"):
            monkeypatch.delenv(name)

    def run(*args, **environ):
        return CliRunner().invoke(main, list(args), env=environ)

    return run


def clean_environ(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BREAKOUT_")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def process(*args, cwd, **more):
    return subprocess.run(
        [*PROGRAM, *args], cwd=cwd, env=clean_environ(**more), capture_output=True, text=True, timeout=30, check=False
    )


def test_help_names_every_command(run):
    listed = re.findall(r"^  ([a-z]+) ", run("--help").output, re.MULTILINE)
    assert {"serve", "token", "connect", "settings"} <= set(listed)


@pytest.mark.parametrize("command", ["serve", "token", "connect", "settings"])
def test_every_command_has_help(run, command):
    assert run(command, "--help").exit_code == 0


def test_printed_settings_are_taken_as_a_file(run, tmp_path):
    path = tmp_path / "breakout.toml"
    path.write_text(run("settings").output.replace("#port = 8765", "port = 99999"), encoding="utf-8")
    assert "port in" in run("serve", "--config", str(path)).stderr


@pytest.mark.parametrize(
    ("args", "environ", "message"),
    [
        ([], {"BREAKOUT_PROT": "1"}, "unknown setting BREAKOUT_PROT; did you mean BREAKOUT_PORT?"),
        (["--port", "70000"], {}, "--port must be from 0 to 65535, not 70000"),
        (["--config", "none.toml"], {}, "cannot read the settings file none.toml: No such file or directory"),
        (["--port", "0"], {}, "no key to check tokens with"),
        (["--port", "0"], {"BREAKOUT_HMAC_KEY": "short"}, "BREAKOUT_HMAC_KEY must have at least 32 bytes, and has 5"),
        (["--port", "0"], {"BREAKOUT_HMAC_KEY_FILE": "none"}, "cannot read the signing key none"),
        (["--port", "0", "--db", "no/where.db"], {"BREAKOUT_HMAC_KEY": "k" * 32}, "there is no directory"),
    ],
)
def test_serve_says_in_one_line_why_it_does_not_start(tmp_path, args, environ, message):
    result = process("serve", *args, cwd=tmp_path, **environ)
    errors = [line for line in result.stderr.splitlines() if line.startswith("breakout: ")]
    assert (result.returncode, len(errors)) == (2, 1)
    assert message in errors[0]
    assert "Traceback" not in result.stderr


def test_refusal_in_the_group_of_a_nursery_is_one_line_too(run, monkeypatch):
    def refuse(_settings):
        raise ExceptionGroup("a nursery", [ExceptionGroup("another", [StartRefused("the port is taken")])])

    monkeypatch.setattr("gateway.server.run", refuse)
    result = run("serve", "--dev")
    assert (result.exit_code, result.stderr) == (2, "breakout: the port is taken\n")


def test_bug_of_the_server_is_not_hidden(run, monkeypatch):
    def fail(_settings):
        raise ExceptionGroup("a nursery", [RuntimeError("a bug")])

    monkeypatch.setattr("gateway.server.run", fail)
    assert isinstance(run("serve", "--dev").exception, ExceptionGroup)


def test_serve_gives_the_settings_and_the_exit_code_through(run, monkeypatch, tmp_path):
    seen = []

    def remember(settings):
        seen.append(settings)
        return 7

    monkeypatch.setattr("gateway.server.run", remember)
    (tmp_path / "b.toml").write_text("port = 1\nmax_open_rooms = 9\n", encoding="utf-8")
    result = run("serve", "--config", "b.toml", "--host", "::1", "--db", "x.db", BREAKOUT_PORT="2")
    assert result.exit_code == 7
    assert seen == [Settings(host="::1", port=2, db=Path("x.db"), max_open_rooms=9)]


def token_of(run, *args, **environ):
    result = run("token", "--user", "ada", *args, BREAKOUT_HMAC_KEY=SECRET.decode(), **environ)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def test_token_is_one_line_that_the_server_takes(run):
    options = ["--role", "ATTENDEE", "--role", "ADMIN", "--permission", "breakout:operate", "--session", "s1", "--session", "s2"]
    names = ["--given-name", "Ada", "--family-name", "King", "--event", "e1"]
    claims = TokenVerifier([SECRET]).verify(token_of(run, *options, *names), now=NOW)
    assert (claims.caller.user.first_name, claims.caller.user.last_name, claims.event_id) == ("Ada", "King", "e1")
    assert claims.caller.permissions == {"breakout:join", "breakout:manage", "breakout:operate"}
    assert claims.sessions == frozenset({"s1", "s2"})


@pytest.mark.parametrize(("args", "seconds"), [([], 12 * 3600), (["--expires", "60"], 60), (["--expires", "-60"], -60)])
def test_token_lives_as_long_as_it_was_asked_to(run, args, seconds):
    claims = TokenVerifier([SECRET]).verify(token_of(run, *args), now=0)
    assert abs(claims.expires_at / 1000 - time.time() - seconds) < 5


def test_token_is_for_the_issuer_and_the_audience_of_the_settings(run):
    token = token_of(run, BREAKOUT_TOKEN_ISSUER="us", BREAKOUT_TOKEN_AUDIENCE="breakout")
    assert TokenVerifier([SECRET], issuer="us", audience="breakout").verify(token, now=NOW).caller.user.id == "ada"


def test_token_is_refused_without_a_key_and_says_what_to_do(run):
    result = run("token", "--user", "ada")
    assert result.exit_code == 2
    assert "data/breakout.db.key is missing; start `breakout serve --dev` once" in result.stderr
    assert not Path("data").exists()


def test_token_is_signed_with_the_key_beside_the_database(run, tmp_path):
    key = tmp_path / "b.db.key"
    key.write_bytes(SECRET)
    key.chmod(0o600)
    token = run("token", "--user", "ada", "--db", "b.db").stdout.strip()
    assert TokenVerifier([SECRET]).verify(token, now=NOW).caller.user.id == "ada"


def test_token_needs_a_user(run):
    assert "--user" in run("token").stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "a token is needed"),
        (["--token", "swordfish"], "the token is not a JWT"),
        (["--token", "a.b.c\r\nx: y"], "the token is not a JWT"),
        (["--token", "@none"], "cannot read the token from none: No such file or directory"),
        (["--token", "a.b.c", "--url", "here"], "a URL looks like ws://"),
        (["--token", "a.b.c", "--url", "ws://h:99999"], "a URL looks like ws://"),
        (["--token", "a.b.c", "--send", "none"], "cannot read none: No such file or directory"),
    ],
)
def test_connect_says_in_one_line_what_is_missing(tmp_path, args, message):
    result = process("connect", "s1", *args, cwd=tmp_path)
    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "swordfish" not in result.stderr


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """`breakout serve --dev` on a free port; gives its directory and its URL, and stops it in order."""
    directory = tmp_path_factory.mktemp("server")
    with subprocess.Popen(
        [*PROGRAM, "serve", "--dev", "--port", "0"],
        cwd=directory, env=clean_environ(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as running:
        try:
            assert running.stdout is not None
            url = running.stdout.readline().removeprefix("listening on ").strip()
            yield directory, url
            running.send_signal(signal.SIGTERM)
            assert running.wait(timeout=15) == 0
        finally:
            running.kill()


@pytest.fixture
def connect(server):
    """Runs `breakout connect` as staff, with the token in a file."""
    directory, url = server
    made = process("token", "--user", "ada", "--role", "MODERATOR", cwd=directory)
    (directory / "ada.jwt").write_text(made.stdout, encoding="utf-8")

    def connect(*args, **options):
        command = [*PROGRAM, "connect", "s1", "--token", "@ada.jwt", "--url", url, *args]
        return subprocess.run(
            command, cwd=directory, env=clean_environ(), capture_output=True, text=True, timeout=30, check=False, **options
        )

    return connect


def test_script_from_a_file_succeeds_when_every_command_does(server, connect):
    (server[0] / "script").write_text('# one room\nroom.create {"name": "Group 1"}\n\nrooms.list\n', encoding="utf-8")
    result = connect("--send", "script", stdin=subprocess.DEVNULL)
    assert (result.returncode, result.stderr) == (0, "")
    assert re.search(r'^ok      room\.create  \{"room": \{"id": ".*"name": "Group 1"', result.stdout, re.MULTILINE)
    assert "\nok      rooms.list  " in result.stdout


def test_script_from_stdin_fails_when_a_command_is_refused(connect):
    result = connect("--send", "-", input='room.join {"roomId": "nowhere"}\nping')
    assert result.returncode == 1
    assert "refused room.join  room_not_found: " in result.stdout
    assert "ok      ping  " in result.stdout


def test_connect_ends_well_when_nothing_more_is_typed(connect):
    result = connect(input="ping\n")
    assert (result.returncode, result.stderr) == (0, "")
    assert "ok      ping  " in result.stdout


@pytest.mark.parametrize(("args", "code"), [([], 0), (["--send", "-"], 130)])
def test_connect_ends_cleanly_at_ctrl_c(server, connect, args, code):
    directory, url = server
    command = [*PROGRAM, "connect", "s1", "--token", "@ada.jwt", "--url", url, *args]
    with subprocess.Popen(
        command, cwd=directory, env=clean_environ(PYTHONUNBUFFERED="1"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:
        assert running.stdout is not None
        while "session.state" not in (line := running.stdout.readline()):
            assert line
        running.send_signal(signal.SIGINT)
        running.wait(timeout=15)    # before stdin ends, which would end it too
        assert (running.returncode, running.stderr.read() if running.stderr else None) == (code, "")


def test_connect_is_refused_when_the_token_has_expired(server, connect):
    directory, url = server
    expired = process("token", "--user", "ada", "--expires", "-60", cwd=directory).stdout.strip()
    result = process("connect", "s1", "--url", url, cwd=directory, BREAKOUT_TOKEN=expired)
    assert result.returncode == 2
    assert result.stderr == "breakout: the server refused the connection with 401: the token has expired\n"
