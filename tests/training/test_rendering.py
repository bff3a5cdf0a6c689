import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.rendering import MASKED, render, render_all
from workbench.errors import TrainingError

TEXTS = st.text(max_size=12)


@pytest.fixture(scope="module")
def tokenizer(tiny_model):
    return tiny_model.build_tokenizer()


def say(text):
    return ({"role": "user", "content": text},)


def ids_of(tokenizer, text):
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])


def test_a_row_is_what_the_template_writes_and_only_the_answer_is_learned(tokenizer):
    row = render(tokenizer, say("hi"), "ok")
    assert row.prompt_ids == ids_of(tokenizer, "<|begin|><|user|>hi<|end|><|assistant|>")
    assert row.completion_ids == ids_of(tokenizer, "ok<|end|>")
    assert (len(row.prompt_ids), len(row.completion_ids)) == (6, 3)
    assert row.labels == [MASKED] * 6 + list(row.completion_ids)
    assert row.prefix_kept


@settings(deadline=None)  # the first call compiles the template
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=6))
def test_rows_together_are_rendered_as_each_alone(tokenizer, rows):
    together = render_all(tokenizer, [(say(text), answer) for text, answer in rows])
    assert together == [render(tokenizer, say(text), answer) for text, answer in rows]


def test_a_prompt_that_changes_before_an_answer_is_cut_where_both_part(tokenizer):
    tokenizer = _with_template(
        tokenizer,
        "{% for m in messages %}{{ m['content'] }}{% endfor %}"
        "{% if add_generation_prompt %}now{% else %}no<|end|>{% endif %}",
    )
    row = render(tokenizer, say("a"), "b")
    # alone: "anow", answered: "abno<|end|>"
    assert row.prompt_ids == ids_of(tokenizer, "a")
    assert row.completion_ids == ids_of(tokenizer, "bno<|end|>")
    assert not row.prefix_kept


def test_a_role_that_the_template_refuses_is_named_without_the_text(tokenizer):
    tokenizer = _with_template(tokenizer, "{{ raise_exception('no system turns') }}")
    prompt = ({"role": "system", "content": "secret"}, *say("secret"))
    with pytest.raises(TrainingError, match=r"system\+user: no system turns") as caught:
        render(tokenizer, prompt, "secret")
    assert "secret" not in str(caught.value)


def _with_template(tokenizer, template):
    import copy

    changed = copy.deepcopy(tokenizer)
    changed.chat_template = template
    return changed
