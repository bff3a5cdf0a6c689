from workbench.curation.selection.difficulty_cache import difficulty_key, open_difficulty_cache

USER = ({"role": "user", "content": "question"},)


def test_scores_are_found_again_and_unknown_ones_are_not(tmp_path):
    file = tmp_path / "cache" / "scores.sqlite"
    with open_difficulty_cache(file) as cache:
        cache.keep({b"one": 0.5, b"two": None})
    with open_difficulty_cache(file) as cache:
        assert cache.find([b"one", b"two", b"three"]) == {b"one": 0.5, b"two": None}


def test_a_damaged_cache_is_begun_anew(tmp_path):
    file = tmp_path / "scores.sqlite"
    file.write_bytes(b"no database" * 1000)
    with open_difficulty_cache(file) as cache:
        assert cache.find([b"one"]) == {}
        cache.keep({b"one": 0.5})
        assert cache.find([b"one"]) == {b"one": 0.5}


def test_the_key_depends_on_the_model_the_turns_and_the_answer():
    keys = {
        difficulty_key("model", USER, "answer"),
        difficulty_key("other", USER, "answer"),
        difficulty_key("model", USER, "answers"),
        difficulty_key("model", ({"role": "system", "content": "question"},), "answer"),
        difficulty_key("model", ({"role": "user", "content": "questionanswer"},), ""),
    }
    assert len(keys) == 5


def test_no_text_is_kept(tmp_path):
    file = tmp_path / "scores.sqlite"
    with open_difficulty_cache(file) as cache:
        cache.keep({difficulty_key("model", USER, "the secret answer"): 0.5})
    assert b"secret" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
