"""What a hand-in does that no hand-in should; in a module of its own, which a process imports in no time."""

import os
import signal
import time

from reportgen.inbox import HandIn, Judged


def runaway(hand_in: HandIn) -> list[Judged]:
    """Do what a hand-in says, as a fault of the program would have it do."""
    what = hand_in.files[0].content
    if what == b"sleep":
        time.sleep(600)
    if what == b"die":
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    if what == b"raise":
        raise RuntimeError
    return [Judged(hand_in.place, hand_in.student, ())]
