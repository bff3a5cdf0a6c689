import shutil
import sys

import numpy as np
import pytest

from workbench.curation.static_model import load_encoder, model_digest, unit_vectors
from workbench.errors import ConfigError, DependencyError


def test_a_text_of_two_meanings_points_between_them(static_model):
    (vector,) = unit_vectors(load_encoder(static_model), ["The tenant, the renter and the rent"])
    # two words of the first meaning and one of the second: (2, 1) / sqrt(5)
    assert vector[:2] == pytest.approx([2 / np.sqrt(5), 1 / np.sqrt(5)])
    assert not vector[2:].any()


def test_no_vector_depends_on_the_texts_beside_it(static_model):
    encoder = load_encoder(static_model)
    texts = [" ".join(["tenant", "court", "monday", "ache"][: 1 + n % 4]) for n in range(5000)]
    together = unit_vectors(encoder, texts)
    assert all(
        together[place].tobytes() == unit_vectors(encoder, [texts[place]])[0].tobytes()
        for place in (0, 1, 2, 3, 4097, 4999)
    )


def test_the_end_of_a_long_text_counts(static_model):
    long = "tenant " * 600
    one, other = unit_vectors(load_encoder(static_model), [long, long + "court " * 600])
    assert one @ other == pytest.approx(np.sqrt(0.5), abs=1e-6)


def test_texts_without_a_known_word_and_no_texts_have_no_direction(static_model):
    encoder = load_encoder(static_model)
    assert not unit_vectors(encoder, ["xyzzy", ""]).any()
    assert len(unit_vectors(encoder, [])) == 0


def test_without_model2vec_the_extra_is_named(monkeypatch, static_model):
    monkeypatch.setitem(sys.modules, "model2vec", None)
    with pytest.raises(DependencyError, match="model2vec") as refused:
        load_encoder(static_model)
    assert "[semantic]" in refused.value.hint


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_that_lacks_a_part_of_the_model_is_refused(static_model, tmp_path, name):
    folder = shutil.copytree(static_model, tmp_path / "model")
    (folder / name).unlink()
    with pytest.raises(ConfigError, match=rf"^recipe\.yaml: .*{name} is missing"):
        load_encoder(folder, place="recipe.yaml: ")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_damaged_model_is_refused(static_model, tmp_path, name):
    folder = shutil.copytree(static_model, tmp_path / "model")
    (folder / name).write_text("{")
    with pytest.raises(ConfigError, match="no model2vec model that can be read"):
        load_encoder(folder)


def test_another_weight_gives_another_digest(static_model, tmp_path):
    folder = shutil.copytree(static_model, tmp_path / "model")
    assert model_digest(folder) == model_digest(static_model)
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    assert model_digest(folder) != model_digest(static_model)
