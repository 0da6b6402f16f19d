"""Which source wins, and what an operator reads after a mistake."""

from pathlib import Path

import pytest
from attrs import fields

from gateway.settings import Settings
from gateway.settings_source import load_settings
from gateway.settings_text import settings_toml
from gateway.start_refused import StartRefused


@pytest.fixture
def toml(tmp_path):
    def write(text):
        path = tmp_path / "breakout.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def refusal(config=None, environ=None, options=None):
    with pytest.raises(StartRefused) as refused:
        load_settings(config, environ or {}, options or {})
    return str(refused.value)


def test_settings_are_the_defaults_when_no_source_says_anything():
    assert load_settings(None, {"HOME": "/root", "PATH": "/bin"}, {"port": None}) == Settings()


def test_option_wins_over_environment_and_environment_over_file(toml):
    path = toml('port = 1\nhost = "a"\nlog_level = "debug"\n')
    settings = load_settings(path, {"BREAKOUT_PORT": "2", "BREAKOUT_HOST": "b"}, {"port": 3, "host": None})
    assert (settings.port, settings.host, settings.log_level) == (3, "b", "debug")


def test_environment_is_read_by_the_type_of_each_setting():
    environ = {
        "BREAKOUT_DEV": "Yes",
        "BREAKOUT_DB": "/srv/b.db",
        "BREAKOUT_PORT": " 80 ",
        "BREAKOUT_TOKEN_ISSUER": "12",
        "BREAKOUT_TRUSTED_PROXIES": "10.0.0.0/8, ,::1,",
    }
    settings = load_settings(None, environ, {})
    assert (settings.dev, settings.db, settings.port) == (True, Path("/srv/b.db"), 80)
    assert (settings.token_issuer, settings.trusted_proxies) == ("12", ("10.0.0.0/8", "::1"))


def test_file_gives_lists_paths_and_flags(toml):
    path = toml('dev = true\ndb = "x.db"\nallowed_origins = ["https://a.example"]\n')
    settings = load_settings(path, {}, {})
    assert (settings.dev, settings.db, settings.allowed_origins) == (True, Path("x.db"), ("https://a.example",))


def test_unknown_variable_is_refused_with_the_name_that_was_meant():
    assert refusal(environ={"BREAKOUT_PROT": "1"}) == "unknown setting BREAKOUT_PROT; did you mean BREAKOUT_PORT?"


def test_unknown_variable_is_refused_when_written_in_lower_case():
    assert refusal(environ={"breakout_port": "1"}).endswith("did you mean BREAKOUT_PORT?")


def test_unknown_variable_is_refused_without_a_guess_when_nothing_is_near():
    assert refusal(environ={"BREAKOUT_XYZZY": "1"}) == "unknown setting BREAKOUT_XYZZY"


def test_variable_of_the_client_commands_is_no_setting():
    assert load_settings(None, {"BREAKOUT_TOKEN": "e30.e30."}, {}) == Settings()


def test_unknown_name_in_a_file_is_refused_with_file_and_guess(toml):
    path = toml("heartbeat_second = 5\n")
    assert refusal(path) == f"unknown setting heartbeat_second in {path}; did you mean heartbeat_seconds?"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('port = "8765"', "port in {path} must be a whole number, not a string"),
        ("port = true", "port in {path} must be a whole number, not true or false"),
        ("port = 1.5", "port in {path} must be a whole number, not a fraction"),
        ("port = 99999", "port in {path} must be from 0 to 65535, not 99999"),
        ("dev = 1", "dev in {path} must be true or false, not a whole number"),
        ("host = 7", "host in {path} must be a string, not a whole number"),
        ('trusted_proxies = "::1"', "trusted_proxies in {path} must be a list, not a string"),
        ("trusted_proxies = [1]", "trusted_proxies in {path} must be a string, not a whole number"),
        ('db = ""', "db in {path} must be a path"),
        ("[port]\nx = 1", "port in {path} must be a whole number, not a table"),
    ],
)
def test_value_in_a_file_is_refused_with_its_place_when_it_is_wrong(toml, line, message):
    path = toml(line)
    assert refusal(path) == message.format(path=path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("PORT", "80x", "must be a whole number"),
        ("PORT", "", "must be a whole number"),
        ("PORT", "9" * 5000, "must be a whole number"),
        ("DEV", "maybe", "must be true or false"),
        ("DB", " ", "must be a path"),
        ("PORT", "70000", "must be from 0 to 65535, not 70000"),
    ],
)
def test_variable_is_refused_by_name_when_it_is_wrong(name, text, message):
    assert refusal(environ={f"BREAKOUT_{name}": text}) == f"BREAKOUT_{name} {message}"


def test_option_is_refused_by_its_name_when_out_of_bounds():
    assert refusal(options={"port": -1}) == "--port must be from 0 to 65535, not -1"


def test_file_is_refused_when_it_is_missing_or_no_toml(toml, tmp_path):
    assert "cannot read the settings file" in refusal(tmp_path / "none.toml")
    assert "is not a TOML file" in refusal(toml("port 80"))


def test_file_is_refused_when_it_is_not_text(tmp_path):
    path = tmp_path / "breakout.toml"
    path.write_bytes(b"\xff\xfe")
    assert "is not a TOML file" in refusal(path)


def test_secret_of_a_wrong_type_is_not_repeated(toml):
    assert "271828" not in refusal(toml("hmac_key = 271828"))


def test_printed_settings_are_a_file_that_gives_the_defaults(toml):
    unset = [line for line in settings_toml().splitlines() if line.endswith("# not set")]
    lines = [line.removeprefix("#") for line in settings_toml().splitlines() if line.startswith("#") and line[1:2].isalpha()]
    assert load_settings(toml("\n".join(line for line in lines if f"#{line}" not in unset)), {}, {}) == Settings()
    assert len(unset) == sum(field.default is None for field in fields(Settings))
