from datetime import UTC, datetime, timedelta

import pytest

from workbench.errors import ConfigError, NotFoundError
from workbench.judgments import people

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def anna(judgments):
    hashed = people.hash_password(PASSWORD)
    return judgments.write(
        lambda connection: people.add_person(
            connection, "Anna", hashed, role="lead", simulated=False, now=NOW
        )
    )


def test_only_the_right_password_opens(judgments, anna):
    with judgments.read() as connection:
        assert people.check_password(connection, "anna", PASSWORD) == anna
        assert people.check_password(connection, "anna", PASSWORD + "x") is None
        assert people.check_password(connection, "nobody", PASSWORD) is None


def test_no_secret_is_stored_in_clear(judgments, anna, tmp_path):
    token = judgments.write(lambda connection: people.start_login(connection, anna, NOW))
    invitation = judgments.write(lambda connection: people.add_invitation(connection, "rater", NOW))
    judgments.close()
    stored = (tmp_path / "judgments.sqlite").read_bytes()
    for secret in (PASSWORD, token, invitation):
        assert secret.encode() not in stored


@pytest.mark.parametrize(
    ("idle", "age", "alive"),
    [
        (timedelta(hours=7, minutes=59), timedelta(days=1), True),
        (timedelta(hours=8, minutes=1), timedelta(days=1), False),
        (timedelta(minutes=1), timedelta(days=7, minutes=1), False),
    ],
)
def test_a_login_ends_when_idle_and_with_age(judgments, anna, idle, age, alive):
    token = judgments.write(lambda connection: people.start_login(connection, anna, NOW - age))
    judgments.write(lambda connection: people.note_seen(connection, token, NOW - idle))
    with judgments.read() as connection:
        assert (people.find_login(connection, token, NOW) is not None) is alive


def test_signing_out_and_a_new_password_end_logins(judgments, anna):
    first, second = (
        judgments.write(lambda connection: people.start_login(connection, anna, NOW))
        for _ in range(2)
    )
    judgments.write(lambda connection: people.end_login(connection, first, NOW))
    with judgments.read() as connection:
        assert people.find_login(connection, first, NOW) is None
        assert people.find_login(connection, second, NOW) is not None
    judgments.write(lambda connection: people.set_password(connection, anna, "unused", NOW))
    with judgments.read() as connection:
        assert people.find_login(connection, second, NOW) is None


def test_an_invitation_works_once(judgments):
    token = judgments.write(lambda connection: people.add_invitation(connection, "rater", NOW))
    made = judgments.write(
        lambda connection: people.accept_invitation(connection, token, "rita", "hash", NOW)
    )
    assert (made.name, made.role) == ("rita", "rater")
    with pytest.raises(NotFoundError):
        judgments.write(
            lambda connection: people.accept_invitation(connection, token, "otto", "hash", NOW)
        )


def test_an_invitation_that_fails_can_be_used_again(judgments, anna):
    token = judgments.write(lambda connection: people.add_invitation(connection, "rater", NOW))
    with pytest.raises(ConfigError, match="taken"):
        judgments.write(
            lambda connection: people.accept_invitation(connection, token, "anna", "hash", NOW)
        )
    with judgments.read() as connection:
        assert people.invitation_role(connection, token, NOW) == "rater"


@pytest.mark.parametrize("name", ["", "a", "two words", "<b>", "-dash", "x" * 41, "ünal"])
def test_a_name_of_another_form_is_refused(judgments, name):
    with pytest.raises(ConfigError):
        judgments.write(
            lambda connection: people.add_person(
                connection, name, "hash", role="rater", simulated=False, now=NOW
            )
        )


def test_a_short_password_is_refused():
    with pytest.raises(ConfigError, match="at least 10"):
        people.hash_password("short")
