from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.workbench.app.conftest import log_in
from workbench.app.throttle import LoginThrottle
from workbench.errors import ConfigError, NotFoundError
from workbench.home import Home
from workbench.judgments import open_judgments
from workbench.workflows.people import accept, create_account, create_admin, invite, setup_token

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PAGE = {"Accept": "text/html"}
LEAD_ONLY = (
    *("/", "/data", "/label", "/jobs/", "/report", "/report/page", "/api/jobs"),
    "/jobs/gradio_api/info",
)
EVERYBODY = ("/compare/", "/chat/", "/account", "/api/me", "/api/next", "/compare/config")
PUBLIC = ("/login", "/health", "/static/shell.css")


@pytest.mark.parametrize("path", LEAD_ONLY + EVERYBODY)
def test_nothing_is_shown_without_a_login(app, path):
    client = app.browser()
    assert client.get(path).status_code == 401
    page = client.get(path, headers=PAGE)
    assert (page.status_code, page.headers["location"]) == (303, "/login")


@pytest.mark.parametrize("path", PUBLIC)
def test_the_door_itself_is_open(app, path):
    assert app.browser().get(path).status_code == 200


@pytest.mark.parametrize("path", LEAD_ONLY)
def test_a_rater_does_not_see_what_is_for_the_lead(app, path):
    assert app.browser("rita").get(path).status_code == 403


@pytest.mark.parametrize("path", EVERYBODY)
def test_a_rater_sees_what_raters_need(app, path):
    assert app.browser("rita").get(path).status_code == 200


@pytest.mark.parametrize("path", (*LEAD_ONLY, *EVERYBODY))
def test_the_lead_sees_everything(app, path):
    expected = 404 if path == "/report/page" else 200
    assert app.browser("anna").get(path).status_code == expected


def test_a_rater_is_led_to_their_page(app):
    reply = app.browser("rita").get("/", headers=PAGE)
    assert (reply.status_code, reply.headers["location"]) == (303, "/compare/")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app):
    client = app.browser()
    cookie = log_in(client, "rita", app.passwords["rita"]).headers["set-cookie"]
    assert "workbench_login=" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_a_wrong_password_and_a_wrong_name_get_the_same_answer(app):
    wrong_password = log_in(app.browser(), "rita", "not the password")
    wrong_name = log_in(app.browser(), "nobody", "not the password")
    assert wrong_password.status_code == wrong_name.status_code == 401
    words = "User name or password is wrong."
    assert words in wrong_password.text
    assert words in wrong_name.text
    app.context.throttle.succeeded("address:testclient")


def test_guessing_is_slowed_down_even_with_the_right_password_at_last(app):
    client = app.browser()
    codes = [log_in(client, "otto", f"guess number {index}").status_code for index in range(7)]
    assert codes == [401] * 5 + [429] * 2
    assert log_in(client, "otto", app.passwords["otto"]).status_code == 429
    app.context.throttle.succeeded("address:testclient", "name:otto")
    assert log_in(client, "otto", app.passwords["otto"]).status_code == 303


def test_the_wait_doubles_and_ends():
    now = [0.0]
    throttle = LoginThrottle(clock=lambda: now[0])
    assert [throttle.begin("name:anna") for _ in range(6)] == [0.0] * 5 + [30.0]
    assert throttle.begin("name:otto") == 0.0
    now[0] = 30.0
    assert [throttle.begin("name:anna") for _ in range(2)] == [0.0, 60.0]
    now[0] = 91.0
    assert throttle.begin("name:anna") == 0.0


def test_many_guesses_at_once_gain_nothing(app):
    def guess(number):
        return log_in(app.browser(), "otto", f"guess number {number}").status_code

    with ThreadPoolExecutor(12) as several:
        codes = list(several.map(guess, range(12)))
    assert sorted(codes) == [401] * 5 + [429] * 7
    app.context.throttle.succeeded("address:testclient", "name:otto")


def test_an_invitation_that_is_not_there_is_refused_before_a_password_is_hashed(app, monkeypatch):
    def never(_: str) -> str:
        raise AssertionError("hashing costs a stranger nothing and us much")

    monkeypatch.setattr("workbench.workflows.people.people.hash_password", never)
    client = app.browser()
    client.get("/login")
    token = client.cookies.get("workbench_form")
    form = {"name": "mallory", "password": "long enough to hash", "form_token": token}
    codes = [client.post("/join/no-such-token", data=form).status_code for _ in range(5)]
    assert codes == [404] * 5
    assert app.context.throttle.begin("join:testclient") > 0
    app.context.throttle.succeeded("join:testclient")


def test_the_first_account_ends_every_other_link_to_make_it(tmp_path):
    with open_judgments(tmp_path / "judgments.sqlite") as judgments:
        first, second = setup_token(judgments), setup_token(judgments)
        assert accept(judgments, first, "anna", "a long password").role == "lead"
        assert setup_token(judgments) is None
        with pytest.raises(NotFoundError, match="used already"):
            accept(judgments, second, "mallory", "a long password")


def test_a_raters_account_is_never_reset_as_a_leads(tmp_path):
    home = Home(tmp_path)
    create_account(home, "rita")
    with pytest.raises(ConfigError, match="is a rater's"):
        create_admin(home, "rita")


def test_a_form_without_its_token_is_refused(app):
    client = app.browser()
    client.get("/login")
    form = {"name": "rita", "password": app.passwords["rita"]}
    assert client.post("/login", data=form).status_code == 403
    assert client.post("/login", data={**form, "form_token": "guess"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_site_cannot_act_for_a_person(app, headers):
    client = app.browser("rita")
    vote = {"assignment": "s-1", "choice": "left", "key": "12345678"}
    assert client.post("/api/votes", json=vote, headers=headers).status_code == 403
    assert (
        client.post("/compare/gradio_api/queue/join", json={}, headers=headers).status_code == 403
    )


def test_another_host_name_is_refused(app):
    assert app.browser("rita").get("/api/me", headers={"Host": "evil.example"}).status_code == 400


def test_signing_out_ends_the_login_on_the_server(app):
    client = app.browser("rita")
    stolen = client.cookies.get("workbench_login")
    client.post("/logout", data={"form_token": client.cookies.get("workbench_form")})
    thief = app.browser()
    thief.cookies.set("workbench_login", stolen)
    assert thief.get("/api/me").status_code == 401


def test_an_invitation_makes_an_account_once(app):
    token = invite(app.context.judgments, "rater")
    client = app.browser()
    client.get(f"/join/{token}")
    form = {
        "name": "mina",
        "password": "a long password",
        "form_token": client.cookies.get("workbench_form"),
    }
    assert client.post(f"/join/{token}", data=form).status_code == 303
    assert client.get("/api/me").json()["role"] == "rater"
    assert app.browser().get(f"/join/{token}").status_code == 404


def test_a_rater_cannot_invite(app):
    client = app.browser("rita")
    client.get("/account")
    form = {"role": "lead", "form_token": client.cookies.get("workbench_form")}
    assert client.post("/account/invite", data=form).status_code == 403


def test_every_answer_carries_the_policy(app):
    client = app.browser("anna")
    for path in ("/", "/compare/", "/api/me", "/login", "/chat/gradio_api/info"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        script = next(part for part in policy.split(";") if "script-src" in part)
        assert "unsafe" not in script
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
