from dataclasses import replace

from workbench.home import Home
from workbench.store import LeakageCheckRow, open_store

QUIZ = LeakageCheckRow("quiz.csv", "a" * 64, "leaking", {"n_rows": 3, "n_leaking": 1})
OTHER = LeakageCheckRow("other.csv", "b" * 64, "clean", {"n_rows": 2, "n_leaking": 0})


def test_the_last_check_of_a_files_content_is_how_a_version_stands(tmp_path):
    home = Home(tmp_path)
    with open_store(home) as store:
        for check in (QUIZ, OTHER, replace(QUIZ, verdict="dismissed", reason="Not ours.")):
            store.record_leakage_check("v1", check)
        store.record_leakage_check("v2", QUIZ)
    with open_store(home) as store:
        found = store.leakage_checks("v1")
        assert [replace(check, checked_at="") for check in found] == [
            OTHER,
            replace(QUIZ, verdict="dismissed", reason="Not ours."),
        ]
        assert [check.verdict for check in store.leakage_checks("v2")] == ["leaking"]
        assert all(check.checked_at for check in found)
        assert store.readable_tables()["leakage_checks"].num_rows == 4
