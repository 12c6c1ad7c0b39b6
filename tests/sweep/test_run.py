"""A whole study on clusters of this machine: whatever is killed on the way, the same rows."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pyarrow.parquet as pq
import pytest

from reportgen.cli.templates import study_templates
from reportgen.errors import ReportgenError
from reportgen.settings import Report, Settings
from reportgen.study import Notice, Stage, Step
from reportgen.sweep import cluster
from reportgen.sweep.plan import read_plan
from reportgen.sweep.run import Studied, study
from tests.coins import TEMPLATES, Tosses
from tests.soundness import require_sound
from tests.sweep import guest

OVER = ("heads=0.5,0.7",)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    guest.register()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    monkeypatch.setattr(cluster, "cores", lambda: 2)
    shutil.copytree(TEMPLATES, "templates")
    (tmp_path / "templates/assignment.toml").write_text(
        (TEMPLATES / "assignment.toml").read_text(encoding="utf-8").replace('"coins"', f'"{guest.NAME}"'),
        encoding="utf-8",
    )
    return tmp_path


def carry_out(
    cases: int = 6,
    *over: str,
    scheduler: str = "",
    work: Callable[..., dict[str, Any]] = guest.toss,
    tell: Callable[[Stage | Step | Notice], None] = lambda _: None,
    where: str = "build/study",
) -> Studied:
    plan = read_plan(guest.STUDY, Tosses(), cases, over)
    settings = Settings(Tosses(), Report(author="A. Name"))
    words = study_templates(Path("templates"))
    return study(
        plan, Path("templates"), words, settings, scheduler=scheduler, tell=tell, folder=Path(where), work=work
    )


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a study in one order, without how long they took."""
    found = [
        {name: value for name, value in row.items() if name != "seconds"} for row in pq.read_table(path).to_pylist()
    ]
    return sorted(found, key=str)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return the rows as they are where no cluster has a hand in it."""
    guest.register()
    plan = read_plan(guest.STUDY, Tosses(), 6, OVER)
    found = []
    for job in plan.jobs():
        values = guest.toss(guest.NAME, vars(job.setting.experiment), job.setting.variant, job.number, False)["values"]
        found.append({**job.setting.values, "coin": job.number, "failed": "", **values})
    return sorted(found, key=str)


def test_a_study_is_what_each_case_by_itself_is_and_goes_on_where_it_was(
    expected: list[dict[str, Any]], folder: Path
) -> None:
    told: list[Stage | Step | Notice] = []
    first = carry_out(3, *OVER, tell=told.append)
    assert first.made == 6
    stage = next(event for event in told if isinstance(event, Stage))
    assert stage.steps == 6
    assert "3 coins under each of 2 settings" in stage.note

    second = carry_out(6, *OVER, tell=told.append)

    assert second.made == 6
    assert rows(second.rows) == expected
    assert sum(isinstance(event, Step) for event in told) == 12
    assert carry_out(6, *OVER, tell=told.append).made == 0
    assert "nothing is missing" in [event for event in told if isinstance(event, Notice)][-1].text
    require_sound((folder / "build/study.docx").read_bytes())
    assert (folder / "build/study/map.svg").stat().st_size > 1000
    found = json.loads((folder / "build/study/study.json").read_text(encoding="utf-8"))
    assert found["cases"] == {"as set": 6, "heads = 0.5": 6}
    finding = next(iter(found["findings"].values()))
    assert {share["count"] for share in finding["settings"].values()} == {6}


def test_what_cannot_be_done_is_a_row_that_says_why(folder: Path) -> None:
    studied = carry_out(3, "heads=0.7,0.99")
    assert studied.found.failed == {"heads = 0.99": {"the second coin rolled away": 1}}
    assert studied.found.cases == {"as set": 3, "heads = 0.99": 2}
    assert len(rows(studied.rows)) == 6


def test_what_fails_is_tried_three_times(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studied = carry_out(5, work=guest.at_third)
    by_number = {row["coin"]: row["failed"] for row in rows(studied.rows)}
    assert by_number[2] == "failed 3 times: RuntimeError: no luck with 2"
    assert [by_number[number] for number in (1, 3, 4, 5)] == [""] * 4
    assert len(list(folder.glob("tried-2-*"))) == len(list(folder.glob("tried-4-*"))) == 3


@pytest.mark.ci
def test_what_no_worker_survives_is_a_row_and_ends_no_study(folder: Path) -> None:
    by_number = {row["coin"]: row["failed"] for row in rows(carry_out(4, work=guest.deadly).rows)}
    assert by_number.pop(2) == "failed 3 times: its worker was killed, probably for want of memory"
    assert by_number == {1: "", 3: "", 4: ""}


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


@pytest.mark.ci
def test_a_worker_that_is_killed_costs_no_row(expected: list[dict[str, Any]]) -> None:
    before = children()
    killed: list[int] = []

    def kill(event: Stage | Step | Notice) -> None:
        if isinstance(event, Step) and len(killed) < 2:
            workers = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
            largest = max(workers, key=lambda child: child.memory_info().rss)
            largest.kill()
            killed.append(largest.pid)

    studied = carry_out(6, *OVER, work=guest.slowly, tell=kill)
    assert len(killed) == 2
    assert rows(studied.rows) == expected


class Completed:
    """Dask's `as_completed`, of which the first future is lost by the time that it is given."""

    def __init__(self, loop: object) -> None:
        del loop
        self.added: list[Any] = []

    def add(self, future: Any) -> None:
        self.added.append(future)

    def __next__(self) -> Any:
        future = self.added[-1]
        future.status = "lost" if len(self.added) == 1 else "finished"
        return future


def test_a_row_that_is_lost_before_it_is_fetched_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand: else a worker would have to be killed in the moment between telling of its row and giving it."""
    future = SimpleNamespace(key="k", status="pending", result=lambda: {"source": "s"}, release=lambda: None)
    jobs: Any = iter([SimpleNamespace(key=(1,))])
    taken: list[Any] = []
    errands = cluster.Errands(jobs, "", "s", lambda _, row: taken.append(row), lambda: True)
    monkeypatch.setattr(cluster, "as_completed", Completed)
    monkeypatch.setattr(cluster.Errands, "submit", lambda *_: future)
    client: Any = SimpleNamespace(loop=None, nthreads=lambda: {"worker": 1})
    cluster._give_out(client, errands)
    assert taken == [{"source": "s"}]


CHILD = """
import sys
from pathlib import Path
from tests.sweep import test_run, guest
if __name__ == "__main__":
    guest.register()
    test_run.carry_out(6, *test_run.OVER, work=guest.slowly, scheduler=(sys.argv[1:] or [""])[0])
"""


@contextmanager
def started(*command: str, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical"}
    with subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            for child in [*psutil.Process(process.pid).children(recursive=True)] if process.poll() is None else []:
                child.kill()
            process.kill()


@pytest.mark.ci
@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGINT], ids=lambda each: each.name)
def test_a_client_that_is_ended_leaves_what_was_told_and_the_next_goes_on(
    expected: list[dict[str, Any]], folder: Path, signal_: signal.Signals
) -> None:
    (folder / "child.py").write_text(CHILD, encoding="utf-8")
    journal = folder / "build/study/journal.jsonl"
    with started(sys.executable, "child.py", cwd=folder) as client:
        wait_until(lambda: journal.exists() and journal.read_bytes().count(b"\n") >= 3)
        client.send_signal(signal_)
        client.wait(30)
    studied = carry_out(6, *OVER)
    assert 0 < studied.made <= 9
    assert rows(studied.rows) == expected


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to that")


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@pytest.mark.ci
def test_a_cluster_of_the_users_own_gives_the_same_rows_though_its_scheduler_is_killed(
    expected: list[dict[str, Any]], folder: Path
) -> None:
    """`dask scheduler` and two workers, one of two threads, as a user starts them; the scheduler comes back, and finds them."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    scheduler = (sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", str(port), "--no-dashboard")
    worker = (sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-dashboard", "--nthreads")
    told: list[Stage | Step | Notice] = []

    def run() -> None:
        result.append(carry_out(6, *OVER, scheduler=address, work=guest.slowly, tell=told.append))

    result: list[Studied] = []
    client = threading.Thread(target=run, daemon=True)
    with started(*scheduler, cwd=folder) as first, started(*worker, "1", cwd=folder), started(*worker, "2", cwd=folder):
        client.start()
        wait_until(lambda: sum(isinstance(event, Step) for event in told) >= 3)
        first.kill()
        first.wait()
        with started(*scheduler, cwd=folder), started(*worker, "2", cwd=folder):
            client.join(120)
    assert result, told
    assert rows(result[0].rows) == expected


def test_no_scheduler_and_no_address_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECTING", 1)
    with pytest.raises(ReportgenError, match=r"--scheduler tcp://127\.0\.0\.1:9: nothing answers there"):
        carry_out(1, scheduler="tcp://127.0.0.1:9")
    with pytest.raises(ReportgenError, match="--scheduler nonsense: is no address of a scheduler"):
        carry_out(1, scheduler="nonsense")


def test_a_worker_of_another_version_is_refused() -> None:
    with pytest.raises(ReportgenError, match="a worker has another version of this program"):
        carry_out(1, work=of_another_version)


def of_another_version(*arguments: Any) -> dict[str, Any]:
    return guest.toss(*arguments) | {"source": "another"}


def test_dask_stays_out_of_the_way_of_the_main_job() -> None:
    code = "import sys; import reportgen.pipeline, reportgen.cli; sys.exit(bool({'dask', 'distributed', 'pyarrow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2]).returncode == 0
