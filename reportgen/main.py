"""How the program begins and ends: signals, one line for every error, exit codes.

Nothing is imported here that takes time, so that Ctrl-C while the rest is imported finds its handler in place.
"""

import _thread
import errno
import gc
import io
import os
import signal
import stat
import sys
import threading
from typing import NoReturn

from reportgen.errors import ReportgenError, one_line

WHOLE = "every file is whole, as this build or an earlier one wrote it"

COMPLETION = "_REPORTGEN_COMPLETE"
"""What a shell sets to ask for completions, or for the script that asks for them (click's shell completion)."""

INTERRUPTED = 130

NOBODY_READS = 141
"""What a shell says of a program that SIGPIPE ended: whoever read its output, such as `head`, has left."""


class _Stopped(BaseException):
    """Ctrl-C was pressed, or SIGTERM came.

    It is no KeyboardInterrupt, which others have opinions about: click says an empty line of its own.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _stop(number: int, _: object) -> NoReturn:
    raise _Stopped(number)


def _stop_again(unraisable: "sys.UnraisableHookArgs") -> None:
    """Interrupt once more, a moment later, where it struck a finaliser: Python prints what is raised there and goes on."""
    if isinstance(unraisable.exc_value, _Stopped):
        threading.Timer(0.01, _thread.interrupt_main, (unraisable.exc_value.number,)).start()
    else:
        sys.__unraisablehook__(unraisable)


def main() -> NoReturn:
    """Run the command line; every error that a user can cause is one line on stderr."""
    try:
        _listen()
        status = _run()
    except _Stopped as stopped:
        status = _fail_stopped(stopped.number)
    except KeyboardInterrupt:
        status = _fail_stopped(signal.SIGINT)
    _deaf()
    gc.freeze()  # Python would look through all of it once more before it goes, which takes a twelfth of a rebuild
    sys.exit(status)


def _listen() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that knows no φ should show a question mark, not fail
    gc.disable()  # a build is short and leaves few cycles; looking for them takes a part in twenty-five of a rebuild
    sys.unraisablehook = _stop_again
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as in what a shell starts in the background
        signal.signal(signal.SIGINT, _stop)


def _run() -> int | str | None:
    """Run the command that was asked for and return the exit status."""
    debug = "--debug" in sys.argv
    status: int | str | None = 0
    try:
        status = _command()
    except SystemExit as end:
        status = end.code
    except ReportgenError as error:
        if debug:
            raise
        status = _fail(str(error), error.exit_code)
    except (OSError, MemoryError) as error:
        if _nobody_reads(error):
            return NOBODY_READS
        if debug:
            raise
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            what = (
                f" on {error.filename}"
                if error.filename
                else ": here, where temporary files go, or where the output goes"
            )
            return _fail(f"no space is left{what}; free some and run again", 2)
        status = _fail(f"the system refused ({str(error) or 'no memory'}); free disk space or memory and run again", 2)
    except Exception as error:
        if debug:
            raise
        status = _fail(
            f"a defect of this program, {type(error).__name__}: {error}; run again with --debug and report it", 2
        )
    return status


def _command() -> int:
    import click  # noqa: PLC0415 - see above

    from reportgen.cli import cli  # noqa: PLC0415 - see above

    typed = _typed()
    if asked := os.environ.get(COMPLETION):
        from click.shell_completion import shell_complete  # noqa: PLC0415 - who presses Tab waits for nothing else

        return shell_complete(cli, {}, typed, COMPLETION, asked)
    for command in (cli, *cli.commands.values()):
        command.help = (command.help or "").replace("python -m reportgen", typed)
    try:
        # Not by `cli.main`, which ends with 1 where nobody reads: here, that says that something does not hold.
        with cli.make_context(typed, sys.argv[1:]) as context:
            cli.invoke(context)
    except click.ClickException as error:
        return _fail(error.format_message(), error.exit_code)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        return _fail_stopped(signal.SIGINT)
    return 0


def _typed() -> str:
    """Return the command as it was typed: `reportgen`, or Python with this module."""
    name = os.path.basename(sys.argv[0]).removesuffix(".exe")  # noqa: PTH119 - pathlib takes a while to import
    return "python -m reportgen" if name in ("__main__.py", "-c", "") else name


def _nobody_reads(error: BaseException) -> bool:
    """Tell whether an error says that whoever read the output has left; a process of ours that has gone is told of otherwise.

    What is left to be written is sent to nowhere, so that the end of the program has nothing to complain of.
    """
    pipes = [number for number in (1, 2) if _is_pipe(number)] if isinstance(error, BrokenPipeError) else []
    for number in pipes:
        _send_nowhere(number)
    return bool(pipes)


def _is_pipe(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:  # it is closed
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _send_nowhere(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _fail_stopped(number: int) -> int:
    _deaf()
    if number == signal.SIGTERM:
        return _fail(f"terminated; {WHOLE}", 128 + signal.SIGTERM)
    if sys.stderr and sys.stderr.isatty():
        print(file=sys.stderr)  # the terminal shows ^C, and the line is not to hang on it
    return _fail(f"interrupted; {WHOLE}", INTERRUPTED)


def _fail(message: str, status: int) -> int:
    _deaf()
    try:
        print(f"reportgen: {one_line(message)}", file=sys.stderr, flush=True)
        if "--json" in sys.argv:
            import json  # noqa: PLC0415 - whoever reads no JSON does without

            print(json.dumps({"error": one_line(message), "exit_code": status}, ensure_ascii=False), flush=True)
    except OSError:  # nobody reads it, or there is no room: the status says it
        _send_nowhere(2)
    return status


def _deaf() -> None:
    """Let nothing interrupt the end, which is a matter of moments: who is impatient presses Ctrl-C twice."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
