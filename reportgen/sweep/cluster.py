"""Jobs for a Dask cluster: the machine at hand, or one of the user's own; what it loses is given out again."""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import dask
from distributed import Client, LocalCluster, Worker, WorkerPlugin
from distributed.client import Future, as_completed
from distributed.comm.core import CommClosedError
from distributed.scheduler import KilledWorker

from reportgen.errors import ReportgenError
from reportgen.pool import cores
from reportgen.study import Notice, Tell
from reportgen.sweep import work
from reportgen.sweep.plan import Job

TRIES = 3
"""So often a job is given out that a worker failed at, or did not survive."""

IN_HAND = 3
"""Jobs given out at a time for each thread of the workers: no worker waits, and the client holds few."""

PATIENCE = 600.0
"""Seconds for which a scheduler that was lost is waited for."""

CONNECTING = 10
"""Seconds for which a scheduler may take to answer."""

_LOST = (CommClosedError, TimeoutError, asyncio.CancelledError, asyncio.TimeoutError, OSError)

Work = Callable[..., dict[str, Any]]


def carry_out(
    jobs: Iterator[Job],
    study: str,
    source: str,
    scheduler: str,
    on_row: Callable[[Job, Mapping[str, Any]], None],
    is_described: Callable[[], bool],
    tell: Tell,
    *,
    function: Work = work.carry_out,
) -> None:
    """Have a cluster do jobs, in whatever order, and give every row to `on_row` once.

    A job that fails TRIES times becomes a row that says why. Raises ReportgenError where there is no cluster, or its workers have
    another source.
    """
    waiting: list[Job] = []
    tries: dict[tuple[Any, ...], int] = {}
    with _cluster(scheduler) as address:
        lost_at: float | None = None
        done = False
        while not done:
            try:
                with _client(address) as client:
                    lost_at = None
                    _give_out(
                        client,
                        lambda: waiting.pop() if waiting else next(jobs, None),
                        waiting,
                        tries,
                        study,
                        source,
                        on_row,
                        is_described,
                        function,
                    )
                done = True
            except _LOST as error:
                if not scheduler:
                    raise ReportgenError(
                        f"the cluster on this machine was lost ({error}); run the same command again"
                    ) from None
                if lost_at is None:
                    lost_at = time.monotonic()
                    tell(Notice(f"the scheduler at {scheduler} does not answer; waiting for it to come back"))
                if time.monotonic() - lost_at > PATIENCE:
                    raise ReportgenError(
                        f"--scheduler {scheduler}: nothing has answered for {PATIENCE:.0f} seconds; every row so far is kept"
                    ) from None
                time.sleep(1)


def _give_out(
    client: Client,
    next_job: Callable[[], Job | None],
    waiting: list[Job],
    tries: dict[tuple[Any, ...], int],
    study: str,
    source: str,
    on_row: Callable[[Job, Mapping[str, Any]], None],
    is_described: Callable[[], bool],
    function: Work,
) -> None:
    """Keep so many jobs in hand until none is left; on the way out of a failure, put those in hand back to wait."""
    in_hand: dict[Any, tuple[Future[Any], Job]] = {}
    completed = as_completed(loop=client.loop)

    def submit(job: Job) -> None:
        settings = asdict(job.setting.experiment)
        attempt = tries.get(job.key, 0)
        key = f"{study}-{abs(hash(job.key)):x}-{job.number}-{attempt}-{time.monotonic_ns()}"
        arguments = study, settings, job.setting.variant, job.number, not is_described() and not job.setting.variant
        future = client.submit(function, *arguments, key=key, pure=False)
        in_hand[future.key] = future, job
        completed.add(future)

    def fill() -> None:
        most = IN_HAND * max(1, sum(client.nthreads().values()))
        while len(in_hand) < most and (job := next_job()) is not None:
            submit(job)

    try:
        fill()
        while in_hand:
            future = next(completed)
            _, job = in_hand.pop(future.key)
            if future.status == "finished":
                row = future.result()
                _require_same_source(row["source"], source)
                on_row(job, row)
                tries.pop(job.key, None)
            elif future.status == "error":
                _failed(job, future.exception(), tries, waiting, on_row)
            else:  # cancelled or lost, with its scheduler
                in_hand[future.key] = future, job
                _gone()
            future.release()
            fill()
    except BaseException:
        waiting.extend(job for _, job in in_hand.values())
        raise


def _require_same_source(theirs: str, ours: str) -> None:
    if theirs != ours:
        raise ReportgenError(
            "a worker has another version of this program than this one, so that its rows would not go with those here; "
            "install the same one there"
        )


def _gone() -> NoReturn:
    raise CommClosedError("the scheduler is gone")


def _failed(
    job: Job,
    error: BaseException,
    tries: dict[tuple[Any, ...], int],
    waiting: list[Job],
    on_row: Callable[[Job, Mapping[str, Any]], None],
) -> None:
    if isinstance(error, ImportError):
        raise ReportgenError(
            f"a worker cannot run this program ({error}); install it there, in the same version"
        ) from None
    # Dask has given out itself what its workers did not survive, until it gave up.
    tries[job.key] = TRIES if isinstance(error, KilledWorker) else tries.get(job.key, 0) + 1
    if tries[job.key] < TRIES:
        waiting.append(job)
        return
    told = "its worker was killed, probably for want of memory" if isinstance(error, KilledWorker) else _named(error)
    why = f"failed {TRIES} times: {told}"
    on_row(job, {"failed": " ".join(why.split())[:500], "seconds": 0.0, "values": {}})


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


@contextlib.contextmanager
def _cluster(scheduler: str) -> Iterator[str]:
    """Give the address of a scheduler: that of the user's, or of a cluster of this machine, one process to a core."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    options = {
        "distributed.logging.distributed": "critical",
        "distributed.admin.tick.limit": "1h",
        "distributed.scheduler.allowed-failures": TRIES - 1,
    }
    with dask.config.set(options):
        if scheduler:
            yield scheduler
            return
        # Workers say nothing of how they are ended: the row, or its absence, tells.
        environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "DASK_LOGGING__DISTRIBUTED": "critical"}
        with LocalCluster(
            n_workers=cores(),
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",  # there is always a server; on no port that another program wants
            silence_logs=logging.CRITICAL,
            env=environment,
        ) as cluster:
            with _client(cluster.scheduler_address) as client:
                client.register_plugin(_Quiet(), name="quiet")
            yield cluster.scheduler_address


class _Quiet(WorkerPlugin):
    """Has a worker of ours write nothing to the terminal: TensorFlow greets it, and Ctrl-C, which reaches all, would print tracebacks."""

    def setup(self, worker: Worker) -> None:
        """Send its standard error nowhere."""
        del worker
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)


@contextlib.contextmanager
def _client(address: str) -> Iterator[Client]:
    try:
        client = Client(address, timeout=CONNECTING, set_as_default=False)
    except ValueError as error:
        raise ReportgenError(f"--scheduler {address}: is no address of a scheduler ({error})") from None
    try:
        yield client
    finally:
        with contextlib.suppress(*_LOST):
            client.close(timeout=2)
