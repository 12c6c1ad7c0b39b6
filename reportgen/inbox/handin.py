"""What is handed in: values that go from where they were read to where they are judged."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Student:
    """Who handed in, as far as a file name or an e-mail says it; empty where it does not."""

    name: str = ""
    id: str = ""  # in the system that the file comes from
    address: str = ""

    @property
    def known(self) -> str:
        """What the student is called in a table, or "" where nothing is known."""
        return self.name or self.address or self.id


@dataclass(frozen=True)
class File:
    """A file that was handed in; `damage` says why its content could not be read."""

    name: str
    content: bytes = b""
    damage: str = ""


@dataclass(frozen=True)
class HandIn:
    """What one student handed in at one time: files, or an e-mail that is not opened yet.

    place: the path that was given, and the number in it where that holds several, as "inbox.zip#3"; it names nobody who is not named
    in the path. system: the learning system that wrote the export, if one did, `at` which time it took the files, and whether it says
    that they are `late`. damage: why nothing of it could be read.
    """

    place: str
    student: Student = Student()
    files: tuple[File, ...] = ()
    message: bytes = b""
    system: str = ""
    at: datetime | None = None
    late: bool = False
    damage: str = ""
