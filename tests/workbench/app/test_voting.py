import re

import pytest

from workbench.errors import ConfigError
from workbench.judgments.ballots import read_ballots
from workbench.judgments.people import find_person
from workbench.workflows.votes import keep_scores

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

_NAMES = re.compile(rb"\b(sft|dpo)\b|adapter|merged", re.IGNORECASE)


def vote(client, shown, choice="left", key="click-0001", **more):
    body = {"assignment": shown["assignment"], "choice": choice, "key": key, **more}
    return client.post("/api/votes", json=body)


def test_a_vote_through_the_surface_is_stored_with_its_scores(app):
    client = app.browser("rita")
    shown = client.get("/api/next").json()
    scores = {f"{name}:{side}": 7 for name in shown["criteria"] for side in ("left", "right")}
    reply = vote(client, shown, scores=scores)
    assert reply.status_code == 200
    assert reply.json()["saved"] is True
    with app.context.judgments.read() as connection:
        ballots = read_ballots(connection)
    assert ballots[-1].scores == scores
    assert client.get("/api/next").json()["assignment"] != shown["assignment"]


def test_the_same_click_is_stored_once(app):
    client = app.browser("rita")
    shown = client.get("/api/next").json()
    replies = [vote(client, shown, key="double-click").json() for _ in range(5)]
    assert len({reply["vote"] for reply in replies}) == 1
    assert [reply["repeated"] for reply in replies] == [False, True, True, True, True]


def test_a_click_that_says_something_else_is_not_taken_for_the_first(app):
    client = app.browser("rita")
    shown = client.get("/api/next").json()
    assert vote(client, shown, key="changed-mind").json()["choice"] == "left"
    again = vote(client, shown, choice="right", key="changed-mind")
    assert again.status_code == 400
    assert "new key" in again.text
    assert vote(client, shown, choice="right", key="second-mind").json()["choice"] == "right"


@pytest.mark.parametrize(
    "change",
    [
        {"choice": "middle"},
        {"scores": {"accuracy:left": 11}},
        {"scores": {"accuracy:left": 0}},
        {"scores": {"charm:left": 5}},
        {"scores": {"accuracy": 5}},
        {"scores": {"accuracy:left": 5.5}},
        {"key": "short"},
        {"assignment": "s-0000000000000000"},
        {"extra": 1},
    ],
)
def test_a_wrong_vote_is_refused_and_nothing_is_stored(app, change):
    client = app.browser("rita")
    shown = client.get("/api/next").json()
    body = {"assignment": shown["assignment"], "choice": "left", "key": "wrong-vote", **change}
    assert client.post("/api/votes", json=body).status_code in (400, 404, 422)
    assert client.get("/api/next").json()["assignment"] == shown["assignment"]


def test_a_score_given_after_the_vote_counts_with_it(app):
    client = app.browser("rita")
    shown = client.get("/api/next").json()
    vote(client, shown, key="vote-then-score", scores={"accuracy:left": 3})
    judgments = app.context.judgments
    with judgments.read() as connection:
        rita = find_person(connection, "rita")
    scores = {"accuracy:left": 8, "format:right": 2}
    stored = keep_scores(judgments, rita, shown["assignment"], scores)
    assert stored.choice == "left"
    with judgments.read() as connection:
        assert read_ballots(connection)[-1].scores == scores
    client.post(f"/api/reveal/{shown['assignment']}")
    with pytest.raises(ConfigError, match="names were shown"):
        keep_scores(judgments, rita, shown["assignment"], {"accuracy:left": 1})


def test_nobody_votes_on_the_comparison_of_another(app):
    shown = app.browser("rita").get("/api/next").json()
    assert vote(app.browser("otto"), shown, key="not-my-own").status_code == 404


def test_names_come_only_after_the_vote(app):
    client = app.browser("otto")
    shown = client.get("/api/next").json()
    path = f"/api/reveal/{shown['assignment']}"
    assert client.post(path).status_code == 400
    vote(client, shown, key="before-names")
    assert sorted(client.post(path).json().values()) == ["dpo", "sft"]
    assert vote(client, shown, choice="right", key="after-names").status_code == 400


def test_nothing_sent_before_the_vote_names_an_arm(app):
    client = app.browser("otto")
    call = {"data": [], "session_hash": "blindness"}
    replies = [
        client.get("/compare/"),
        client.get("/compare/config"),
        client.get("/compare/gradio_api/info"),
        client.get("/compare/theme.css"),
        client.get("/api/me"),
        client.get("/api/next"),
        client.get("/account"),
    ]
    shown = replies[5].json()
    for index in range(4):
        replies.append(
            client.post("/compare/gradio_api/run/predict", json={**call, "fn_index": index})
        )
    assert b"Plaintiff" in replies[7].content  # the page's own first load is among them
    replies.append(vote(client, shown, key="blind-vote"))
    for reply in replies:
        found = _NAMES.findall(reply.content)
        headers = _NAMES.findall(repr(reply.headers).encode())
        assert (found, headers) == ([], []), reply.url


def test_model_text_reaches_the_page_as_data_never_as_markup(app):
    call = {"data": [], "session_hash": "markup", "fn_index": 0}
    reply = app.browser("otto").post("/compare/gradio_api/run/predict", json=call)
    assert reply.headers["content-type"].startswith("application/json")
    assert (
        "<script>alert(1)</script>" in reply.json()["data"][4]["value"]
    )  # a textbox's plain value
