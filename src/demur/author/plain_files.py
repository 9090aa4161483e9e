# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files that come with a page without script: held in memory, never on a disk, under the names that they were given.

Django cleans the names of uploads without a word, since most servers write them to a disk. Here a name is evidence and is sealed with its
file: one that can be sealed is kept to the letter, and for one that cannot the author is shown what it would become and says yes first.
"""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import SuspiciousOperation, TooManyFilesSent
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict

from demur.author.limits import size
from demur.author.plain_marks import placed
from demur.client.errors import ClientError, TooLarge
from demur.client.naming import pictured, usable_name
from demur.web.once import Answers
from demur.web.requests import DemurRequest

TOO_LARGE: Final = "The text and the files together are larger than this page takes; leave something out."


class FormTooLarge(TooLarge):
    """The text and the files are larger than is taken."""


class TooManyFiles(TooLarge):
    """There are more files than are taken."""


class LongName(TooLarge):
    """A file's name is longer than a form can carry."""


@dataclass(frozen=True, kw_only=True)
class FormFile:
    """A file as it was sent: `given` is its name to the letter."""

    given: str
    data: bytes

    @property
    def name(self) -> str:
        """The name under which it can be sealed (`spec/container.md`)."""
        return usable_name(self.given)

    @property
    def told_apart(self) -> str:
        """What stands for this very file in a form: two files can have one name."""
        return hashlib.sha256(self.given.encode() + b"\0" + self.data).hexdigest()[:32]

    @property
    def said_size(self) -> str:
        """How large it is, for people."""
        return size(len(self.data))

    @property
    def shown(self) -> str:
        """The given name for people to look at."""
        return placed(pictured(self.given))

    @property
    def becomes(self) -> str:
        """`name` for people to look at."""
        return placed(self.name)

    @property
    def mark(self) -> str:
        """What stands for the given name in a form, where control characters would not arrive whole."""
        return hashlib.sha256(self.given.encode()).hexdigest()[:32]


class FilesGone(ClientError):  # noqa: N818 -- named as the fact
    """Files that an earlier step brought are kept no more."""


# Files of forms that are not filed yet, each form's sealed under what stands in its page alone; beyond the room the largest make way.
_WAITING: Final = Answers(room=64 * 2**20)


def keep_files(files: Sequence[FormFile], *, at: int) -> str:
    """Keep the files of a form for ten minutes from `at`; what the next step brings to have them again."""
    head = json.dumps([[file.given, len(file.data)] for file in files]).encode()
    return _WAITING.keep(0, b"".join([len(head).to_bytes(8, "big"), head, *(file.data for file in files)]), at=at)


def kept_files(token: str, *, at: int) -> tuple[FormFile, ...]:
    """The files of an earlier step; none for "". Raises FilesGone where they are kept no more."""
    if not token:
        return ()
    found = _WAITING.look(token, at=at)
    if found is None:
        raise FilesGone("The files are kept no more; choose them again.")
    data = memoryview(found[1])
    ends = 8 + int.from_bytes(data[:8], "big")
    files = []
    for given, length in json.loads(bytes(data[8:ends])):
        files.append(FormFile(given=given, data=bytes(data[ends : ends + length])))
        ends += length
    return tuple(files)


class InMemory(FileUploadHandler):
    """Keeps what is sent in memory, and no more than `most` bytes of it; from there on it reads no further.

    In our forms the files come last but for their own ticks, so what was typed is there whatever is wrong with them.
    """

    def __init__(self, request: DemurRequest, most: int) -> None:
        """`most` counts all files of the form together."""
        super().__init__(request)
        self._keeper = _Keeper(request, most)
        self.refused: TooLarge | None = None

    def handle_raw_input(self, input_data: Any, META: Any, *rest: Any, **named: Any) -> Any:  # noqa: ARG002, N803 -- Django's names
        """Read the form, with names as they were given; the page is UTF-8, so what a browser sends is."""
        parser = _AsGiven(META, input_data, [self._keeper], "utf-8")
        try:
            fields, files = parser.parse()
        except TooManyFilesSent:
            self.refused = TooManyFiles("There are more files than this page takes; leave some out, or join them.")
        except SuspiciousOperation:
            self.refused = FormTooLarge(TOO_LARGE)
        except MultiPartParserError:
            self.refused = LongName("The name of a file is too long; shorten it.")
        else:
            self.refused = FormTooLarge(TOO_LARGE) if self._keeper.left < 0 else None
            return fields, files if self.refused is None else MultiValueDict()
        return parser.typed, MultiValueDict()


class Held(io.BytesIO):
    """A file of a form: its bytes, and its name as it was given."""

    given: str = ""


class _AsGiven(MultiPartParser):
    """Leaves names as they come: nothing here is written to a disk."""

    def sanitize_file_name(self, file_name: str) -> str:
        return file_name

    @property
    def typed(self) -> QueryDict:
        """The fields that came before what stopped the reading."""
        fields: QueryDict = getattr(self, "_post", None) or QueryDict()
        fields._mutable = False  # as Django leaves it where nothing stops
        return fields


class _Keeper(FileUploadHandler):
    def __init__(self, request: DemurRequest, most: int) -> None:
        super().__init__(request)
        self.left = most
        self._held = Held()

    def new_file(self, *arguments: Any, **named: Any) -> None:
        super().new_file(*arguments, **named)
        self._held = Held()
        self._held.given = self.file_name or ""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 -- Django hands it over
        self.left -= len(raw_data)
        if self.left < 0:
            raise StopUpload(connection_reset=True)
        self._held.write(raw_data)

    def file_complete(self, file_size: int) -> Any:  # noqa: ARG002 -- Django hands it over
        return self._held
