"""Jobs for a Dask cluster: the machine at hand, or one of the user's own; what it loses is given out again."""

import asyncio
import contextlib
import logging
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
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


@dataclass
class Errands:
    """What is to be done, and what became of it, whichever client gives it out.

    study: the guest's name; source: that which rows must come from; on_row: is given every row, once; is_described: tells whether it
    is known what the measurements are; function: what a worker does.
    """

    jobs: Iterator[Job]
    study: str
    source: str
    on_row: Callable[[Job, Mapping[str, Any]], None]
    is_described: Callable[[], bool]
    function: Work = work.carry_out
    waiting: list[Job] = field(default_factory=list)  # those that were given out, and came to nothing
    tries: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def next_job(self) -> Job | None:
        """Return a job that nobody has in hand."""
        return self.waiting.pop() if self.waiting else next(self.jobs, None)

    def submit(self, client: Client, job: Job) -> "Future[Any]":
        """Give a job to the cluster, under a name that no other has."""
        key = f"{self.study}-{job.number}-{time.monotonic_ns()}"
        described = not self.is_described() and not job.setting.variant
        arguments = self.study, asdict(job.setting.experiment), job.setting.variant, job.number, described
        future: Future[Any] = client.submit(self.function, *arguments, key=key, pure=False)
        return future

    def finished(self, job: Job, row: Mapping[str, Any]) -> None:
        """Take the row of a job. Raises ReportgenError where it comes from another source."""
        if row["source"] != self.source:
            raise ReportgenError(
                "a worker has another version of this program than this one, so that its rows would not go with those here; "
                "install the same one there"
            )
        self.tries.pop(job.key, None)
        self.on_row(job, row)

    def failed(self, job: Job, error: BaseException) -> None:
        """Have a job tried again, or make a row of why it cannot be done. Raises ReportgenError where no worker could do any."""
        if isinstance(error, ImportError):
            raise ReportgenError(
                f"a worker cannot run this program ({error}); install it there, in the same version"
            ) from None
        killed = isinstance(error, KilledWorker)
        self.tries[job.key] = self.tries.get(job.key, 0) + 1
        if self.tries[job.key] < TRIES:
            self.waiting.append(job)
            return
        told = "its worker was killed, probably for want of memory" if killed else f"{type(error).__name__}: {error}"
        why = " ".join(f"failed {TRIES} times: {told}".split())[:500]
        self.on_row(job, {"failed": why, "seconds": 0.0, "values": {}})


def carry_out(errands: Errands, scheduler: str, tell: Tell) -> None:
    """Have a cluster do jobs, in whatever order: that of a scheduler's address, or one of this machine.

    A job that fails TRIES times becomes a row that says why; a scheduler that is lost is waited for, and what it had in hand is given
    out again. Raises ReportgenError where there is no cluster, or its workers cannot do the work.
    """
    with _cluster(scheduler) as address:
        lost_at, patience, done = math.inf, float(CONNECTING), False
        while not done:
            try:
                with _client(address) as client:
                    lost_at, patience = math.inf, PATIENCE
                    _give_out(client, errands)
                done = True
            except _LOST as error:
                if not scheduler:
                    raise ReportgenError(
                        f"the cluster on this machine was lost ({error}); run the same command again"
                    ) from None
                if lost_at == math.inf:
                    tell(Notice(f"the scheduler at {scheduler} does not answer; waiting for it"))
                lost_at = min(lost_at, time.monotonic())
                if time.monotonic() - lost_at > patience:
                    raise ReportgenError(
                        f"--scheduler {scheduler}: nothing answers there; start one, or leave the flag out; every row so far is kept"
                    ) from None
                time.sleep(1)


def _give_out(client: Client, errands: Errands) -> None:
    """Keep so many jobs in hand until none is left; on the way out of a failure, put those in hand back to wait."""
    in_hand: dict[Any, tuple[Future[Any], Job]] = {}
    completed = as_completed(loop=client.loop)

    def fill() -> None:
        most = IN_HAND * max(1, sum(client.nthreads().values()))
        while len(in_hand) < most and (job := errands.next_job()) is not None:
            future = errands.submit(client, job)
            in_hand[future.key] = future, job
            completed.add(future)

    try:
        fill()
        while in_hand:
            future = next(completed)
            if future.status in ("lost", "pending"):
                completed.add(future)  # the worker that had the row is gone, and the scheduler has it made again
                continue
            if future.status not in ("finished", "error"):  # cancelled, with its scheduler
                _gone()
            # Asked for first: the scheduler may go down between saying that it is there and giving it.
            finished = future.status == "finished"
            outcome = future.result() if finished else future.exception()
            _, job = in_hand.pop(future.key)
            (errands.finished if finished else errands.failed)(job, outcome)
            future.release()
            fill()
    except BaseException:
        errands.waiting.extend(job for _, job in in_hand.values())
        raise


def _gone() -> NoReturn:
    raise CommClosedError("the scheduler is gone")


@contextlib.contextmanager
def _cluster(scheduler: str) -> Iterator[str]:
    """Give the address of a scheduler: that of the user's, or of a cluster of this machine, one process to a core."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    options = {
        "distributed.logging.distributed": "critical",
        "distributed.admin.tick.limit": "1h",
        "distributed.scheduler.allowed-failures": 0,  # what a worker did not survive is tried again by us
        # By default, Dask has workers give back memory at once, and TensorFlow then spends a third of its time asking for it again.
        "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        "distributed.worker.profile.enabled": False,  # nobody looks at it, and a hundred times a second it stops what is computed
        "distributed.scheduler.worker-saturation": 1.0,  # no job waits where it could be blamed for another's end
    }
    with dask.config.set(options):
        if scheduler:
            yield scheduler
            return
        # Workers say nothing of how they are ended: the row, or its absence, tells.
        environment = {"DASK_LOGGING__DISTRIBUTED": "critical"}
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
