# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a filing may hold, in sentences: told before anything is typed."""

from django.utils import formats
from django.utils.translation import gettext

from demur.charter.model import Limits


def text_limits(limits: Limits) -> str:
    """How much may be written, in a sentence."""
    text = gettext("A text of {size}, about {words} words, with {claims} claims.")
    words = limits.text_bytes // 7 // 1000 * 1000  # an English word and its space are six letters; others have more
    grouped = formats.number_format(words, force_grouping=True)
    return text.format(size=size(limits.text_bytes), words=grouped, claims=limits.claims)


def file_limits(limits: Limits) -> str:
    """How many and how large files may be, in a sentence."""
    files = gettext("{n} files, each of at most {one}, together of at most {all}.")
    return files.format(n=limits.files, one=size(limits.file_bytes), all=size(limits.total))


def document_limit(limits: Limits) -> str:
    """How large a document may be that is filed as it is, in a sentence."""
    return gettext("At most {size}.").format(size=size(limits.text_bytes))


def size(count: int) -> str:
    """Bytes for a person, in thousands, as the script says them."""
    for factor, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= factor:
            return f"{formats.number_format(round(count / factor, 1)).removesuffix('.0').removesuffix(',0')} {unit}"
    return f"{count} B"
