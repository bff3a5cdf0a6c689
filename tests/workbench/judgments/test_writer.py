import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from workbench.errors import ConfigError, DiskFullError, NotSavedError
from workbench.judgments import open_judgments

_INSERT = text("INSERT INTO invitations VALUES (:number, 'rater', '', '', NULL)")
_COUNT = text("SELECT count(*) FROM invitations")

_WORKER = """
import sys
from pathlib import Path
from sqlalchemy import text
from workbench.judgments import open_judgments

judgments = open_judgments(Path(sys.argv[1]))
statement = text("INSERT INTO invitations VALUES (:number, 'rater', '', '', NULL)")
number = int(sys.argv[2])
while True:
    judgments.write(lambda connection: connection.execute(statement, {"number": number}) and None)
    print(number, flush=True)
    number += 1
"""


def test_many_threads_write_and_every_answer_is_true(judgments):
    def insert(number):
        judgments.write(lambda connection: connection.execute(_INSERT, {"number": number}) and None)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(insert, range(1000, 1200)))
    with judgments.read() as connection:
        assert connection.execute(_COUNT).scalar_one() == 200


def test_a_refused_write_takes_no_neighbour_with_it(judgments):
    def work(number):
        def insert(connection):
            connection.execute(_INSERT, {"number": number})
            if number % 2:
                raise ConfigError("odd")

        return insert

    futures = [judgments._writer.submit(work(number)) for number in range(1000, 1050)]
    outcomes = [future.exception() for future in futures]
    assert [isinstance(outcome, ConfigError) for outcome in outcomes] == [False, True] * 25
    with judgments.read() as connection:
        assert connection.execute(_COUNT).scalar_one() == 25


def test_a_broken_statement_is_not_saved_and_its_neighbours_are(judgments):
    bad = text("INSERT INTO votes (vote_id) VALUES ('v')")

    def work(number):
        if number == 1003:
            return lambda connection: connection.execute(bad) and None
        return lambda connection: connection.execute(_INSERT, {"number": number}) and None

    futures = [judgments._writer.submit(work(number)) for number in range(1000, 1010)]
    outcomes = [future.exception() for future in futures]
    assert [isinstance(outcome, NotSavedError) for outcome in outcomes].count(True) == 1
    with judgments.read() as connection:
        assert connection.execute(_COUNT).scalar_one() == 9


def test_a_full_database_says_not_saved_and_recovers(tmp_path: Path):
    with open_judgments(tmp_path / "judgments.sqlite") as judgments:
        judgments.write(
            lambda connection: connection.exec_driver_sql("PRAGMA max_page_count=45") and None
        )
        big = text("INSERT INTO invitations VALUES (:filler, 'rater', '', '', NULL)")
        with pytest.raises(DiskFullError, match="NOT SAVED"):
            judgments.write(
                lambda connection: connection.execute(big, {"filler": "x" * 500_000}) and None
            )
        judgments.write(lambda connection: connection.execute(_INSERT, {"number": 5}) and None)
        with judgments.read() as connection:
            assert connection.execute(_COUNT).scalar_one() == 1


def test_writing_after_closing_is_refused(judgments):
    judgments.close()
    with pytest.raises(NotSavedError):
        judgments.write(lambda connection: None)


def test_acknowledged_writes_survive_kill_nine(tmp_path: Path):
    file = tmp_path / "judgments.sqlite"
    acknowledged: set[int] = set()
    for cycle in range(8):
        worker = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(file), str((cycle + 1) * 1_000_000)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert worker.stdout is not None
        acknowledged.add(int(worker.stdout.readline()))  # it is up
        time.sleep(0.05 + 0.03 * cycle)
        worker.kill()
        rest, _ = worker.communicate()
        # the last line may be torn by the kill; only whole lines are acknowledgements
        acknowledged |= {
            int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")
        }
    with open_judgments(file) as judgments, judgments.read() as connection:
        stored = {
            int(found)
            for found in connection.execute(text("SELECT token_hash FROM invitations")).scalars()
        }
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    assert acknowledged - stored == set()
    assert len(acknowledged) > 50
