from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field, field_validator, model_validator

from workbench.config import FrozenModel, config_digest, load_config, parse_config, resolved
from workbench.errors import ConfigError


class Inner(FrozenModel):
    rank: int = Field(16, ge=1)


class Outer(FrozenModel):
    name: str
    inner: Inner = Inner()
    items: tuple[Inner, ...] = ()


def test_defaults_fill_what_the_file_leaves_out() -> None:
    assert parse_config("name: a", Outer, place="x.yaml").inner.rank == 16


def test_overrides_win_over_the_file() -> None:
    config = parse_config(
        "name: a\ninner: {rank: 2}", Outer, place="x", overrides=["inner.rank=8", "name=b"]
    )
    assert (config.inner.rank, config.name) == (8, "b")


def test_every_problem_is_named_with_line_and_key() -> None:
    text = "nam: a\ninner:\n  rank: 0\nitems:\n  - rank: 1\n  - rnk: 2\n"
    with pytest.raises(ConfigError) as caught:
        parse_config(text, Outer, place="run.yaml")
    message = caught.value.message
    assert "run.yaml, line 1: nam: unknown key." in message
    assert "run.yaml, line 3: inner.rank:" in message
    assert "found 0" in message
    assert "run.yaml, line 6: items.1.rnk: unknown key." in message
    assert "run.yaml: name: Field required." in message
    assert "Known keys: name, inner, items" in caught.value.hint


def test_broken_yaml_names_the_line() -> None:
    with pytest.raises(ConfigError, match=r"run\.yaml, line 2"):
        parse_config("name: a\n  b: [", Outer, place="run.yaml")


@pytest.mark.parametrize("text", ["- 1\n- 2\n", "just words", "3"])
def test_a_file_without_keys_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="expected keys and values"):
        parse_config(text, Outer, place="x")


def test_missing_file_and_wrong_encoding_are_clear(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        load_config(tmp_path / "no.yaml", Outer)
    (tmp_path / "latin.yaml").write_bytes("name: Müller".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"not UTF-8 \(byte 7\)"):
        load_config(tmp_path / "latin.yaml", Outer)


@pytest.mark.parametrize("override", ["rank", "=3", "name.x=1"])
def test_malformed_overrides_are_refused(override: str) -> None:
    with pytest.raises(ConfigError, match="--set"):
        parse_config("name: a", Outer, place="x", overrides=[override])


def test_digest_depends_on_values_not_on_how_they_were_given() -> None:
    sparse = parse_config("name: a", Outer, place="x")
    full = parse_config("inner: {rank: 16}\nname: a\nitems: []", Outer, place="y")
    assert config_digest(sparse) == config_digest(full)
    assert resolved(sparse) == {"name": "a", "inner": {"rank": 16}, "items": []}


@pytest.mark.parametrize("word", ["off", "on", "yes", "no", "Off", "NO"])
def test_words_are_words_in_a_file_and_on_the_command_line(word):
    class Words(FrozenModel):
        rule: str
        other: str
        truth: bool

    text = f"rule: {word}\ntruth: true\n"
    found = parse_config(text, Words, place="x.yaml", overrides=[f"other={word}"])
    assert (found.rule, found.other, found.truth) == (word, word, True)


class Shares(FrozenModel):
    one: float = 0.5
    other: float = 0.5

    @model_validator(mode="after")
    def _sum_to_one(self):
        if self.one + self.other != 1:
            raise ValueError("the shares do not add up to 1")
        return self


class Project(FrozenModel):
    shares: Shares = Shares()
    terms: tuple[dict[str, str], ...] = ()
    word: str = Field("", max_length=80)

    @field_validator("terms")
    @classmethod
    def _known(cls, terms):
        if terms:
            raise ValueError("two terms are one")
        return terms


def refused(text, *overrides):
    with pytest.raises(ConfigError) as caught:
        parse_config(text, Project, place="x.yaml", overrides=overrides)
    return caught.value


def test_a_problem_of_an_override_names_it_and_not_the_file():
    wrong = refused("shares: {one: 0.5}", "shares.one=high")
    assert wrong.message.startswith("--set shares.one=high: shares.one: ")
    assert wrong.message.endswith("found 'high'.")
    assert "x.yaml" not in wrong.message
    assert "--set" in wrong.hint
    unknown = refused("", "shares.third=1")
    assert unknown.message == "--set shares.third=1: shares.third: unknown key."
    assert refused("", "shares.one=0.7").message == (
        "--set shares.one=0.7: shares: the shares do not add up to 1."
    )


def test_a_problem_of_file_and_override_together_names_both():
    wrong = refused("shares:\n  other: 0.5\n", "shares.one=0.7")
    assert wrong.message == (
        "x.yaml, line 1 with --set shares.one=0.7: shares: the shares do not add up to 1."
    )
    assert "lines named above" in wrong.hint
    both = refused("shares: {other: high}", "word=3")
    assert both.message.splitlines()[0].startswith("x.yaml, line 1: shares.other: ")
    assert both.message.splitlines()[1].startswith("--set word=3: word: ")


def test_a_container_is_not_shown_and_a_long_value_is_cut():
    assert refused("terms: [{a: b}]").message == "x.yaml, line 1: terms: two terms are one."
    assert f"found {'x' * 59!r}"[:-1] + "…" in refused(f"word: {'x' * 90}").message


def test_an_override_that_is_no_yaml_is_refused():
    assert "not valid YAML" in refused("", "word=[1").message
