# SPDX-License-Identifier: AGPL-3.0-or-later
"""The files of one case on the author's disk: R.key, R.receipt, R.sealed, and R.filing while a filing is not yet
answered; R.refused is one that was refused.

They are written whole, readable by the author alone, and never over something else. Only a receipt is ever replaced, by
the same receipt with more proof in it.
"""

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demur.client.authorkey import AuthorKey
from demur.client.errors import BadKeyFile, BadReceipt, FileInTheWay
from demur.client.files import check_name, refuse_existing, replace_own, write_new
from demur.client.healing import as_written
from demur.client.receipt import Receipt
from demur.dissent.bundle import unpack_bundle
from demur.dissent.errors import BundleError

AGE: Final = b"age-encryption.org/v1\n"
_ENDINGS: Final = (".key", ".receipt", ".sealed", ".filing")


@dataclass(frozen=True)
class CaseFiles:
    """The files named after `stem`, such as `mycase` for mycase.key and mycase.receipt."""

    stem: Path

    @classmethod
    def named(cls, path: Path) -> "CaseFiles":
        """From `mycase`, or from any of its files. Raises FileInTheWay for a folder such as `.`."""
        check_name(path)
        return cls(path.with_suffix("") if path.suffix in _ENDINGS else path)

    @property
    def key(self) -> Path:
        """What acts and reads."""
        return self._with(".key")

    @property
    def receipt(self) -> Path:
        """What proves."""
        return self._with(".receipt")

    @property
    def sealed(self) -> Path:
        """The author's own sealed copy of the text."""
        return self._with(".sealed")

    @property
    def filing(self) -> Path:
        """A filing that was not answered yet."""
        return self._with(".filing")

    def spool(self, n: int) -> Path:
        """The n-th attachment, sealed, while the filing is not yet answered."""
        return self._with(f".filing-{n}")

    def remove_unsent(self) -> None:
        """Remove R.filing and what belongs to it, once R.key stands."""
        for path in self._spooled():
            path.unlink(missing_ok=True)
        self.filing.unlink(missing_ok=True)

    def keep_sealed(self) -> None:
        """Give the sealed attachments of R.filing their lasting names: with R.sealed they are the filing whole, as it was sent."""
        for path in self._spooled():
            path.rename(self._with(f".sealed{path.name.removeprefix(self.filing.name)}"))

    @property
    def sealed_attachments(self) -> list[Path]:
        """The large attachments as they were sent, as far as they are kept."""
        return sorted(self.sealed.parent.glob(f"{glob.escape(self.sealed.name)}-*"))

    def set_aside(self) -> Path:
        """Give R.filing and what belongs to it the name R.refused, or R.2.refused: nothing of it is lost, and the name is free."""
        for n in range(1, 1000):
            aside = self._with(".refused" if n == 1 else f".{n}.refused")
            if not aside.exists():
                break
        else:
            raise FileInTheWay(f"A thousand refused filings lie beside {self.stem}; move them away.")
        for path in self._spooled():
            path.rename(aside.with_name(aside.name + path.name.removeprefix(self.filing.name)))
        self.filing.rename(aside)
        return aside

    def _spooled(self) -> list[Path]:
        """The sealed attachments of R.filing."""
        return list(self.filing.parent.glob(f"{glob.escape(self.filing.name)}-*"))

    def refuse_finished(self) -> None:
        """Raises FileInTheWay if a case was filed under this name already.

        A receipt beside an unanswered filing is its own: the disk filled up, say, before the key was written.
        """
        refuse_existing(self.key, *(() if self.filing.exists() else (self.receipt, self.sealed)))

    def read_key(self) -> AuthorKey:
        """The key file. Raises BadKeyFile."""
        try:
            return as_written(self.key.read_bytes(), AuthorKey.parse)[0]
        except FileNotFoundError:
            raise BadKeyFile(f"There is no key file {self.key}; rebuild it with `demur status --words`.") from None

    def read_receipt(self) -> Receipt | None:
        """The receipt, None if it is not there. Raises BadReceipt."""
        try:
            return as_written(self.receipt.read_bytes(), _read_receipt)[0]
        except FileNotFoundError:
            return None

    def changed(self) -> list[Path]:
        """Which of key and receipt another program changed harmlessly: they read well, and not as they were written."""
        rows = ((self.key, AuthorKey.parse), (self.receipt, _read_receipt))
        return [path for path, read in rows if path.exists() and as_written(path.read_bytes(), read)[1]]

    def read_sealed(self) -> bytes | None:
        """The sealed body, out of R.sealed; None if the file is not there. Raises BadKeyFile."""
        try:
            data = self.sealed.read_bytes()
        except FileNotFoundError:
            return None
        return sealed_body(data)

    def write_key(self, key: AuthorKey, receipt: Receipt | None, sealed: bytes | None) -> None:
        """Write the files of a case; the key last, because it says that all is done."""
        put = replace_own if self.filing.exists() else write_new
        if receipt is not None:
            put(self.receipt, receipt.text.encode())
        if sealed is not None:
            put(self.sealed, sealed)
        write_new(self.key, key.to_bytes())

    def save_receipt(self, receipt: Receipt, *, now: int) -> None:
        """Put the receipt with more proof in the place of the older one. A receipt that does not hold is never written.

        Raises BadReceipt.
        """
        check_kept(receipt, now=now)
        if _same(self.receipt, receipt.text.encode()):
            return
        self._keep_longer(receipt)
        replace_own(self.receipt, receipt.text.encode())

    def _keep_longer(self, receipt: Receipt) -> None:
        """Where the older receipt proves what the newer no longer can, because the log has lost it, it stays under another name."""
        before = self.read_receipt()
        if before is None or (
            set(before.heads) <= set(receipt.heads)
            and {act.promise for act in before.acts} <= {act.promise for act in receipt.acts}
        ):
            return
        for n in range(1, 1000):
            try:
                write_new(self._with(f".before-{n}.receipt"), before.text.encode())
            except FileInTheWay:
                continue
            return
        raise FileInTheWay(f"A thousand older receipts lie beside {self.stem}; move them away.")

    def write_evidence(self, evidence: str) -> Path:
        """Write evidence under a free name; returns it."""
        for n in range(1, 1000):
            path = self._with(".evidence" if n == 1 else f".{n}.evidence")
            if _same(path, evidence.encode()):
                return path
            try:
                write_new(path, evidence.encode())
            except FileInTheWay:
                continue
            return path
        raise BadReceipt(f"A thousand evidence files lie beside {self.stem}; move them away.")

    def _with(self, ending: str) -> Path:
        return self.stem.with_name(self.stem.name + ending)


def _read_receipt(data: bytes) -> Receipt:
    receipt = Receipt.parse(data)
    if data.endswith(b"\n\n") or not data.endswith(b"\n"):
        receipt.opened_heads()  # a line end too many or too few after the last of them is no part of what was signed
    return receipt


def check_kept(receipt: Receipt, *, now: int) -> None:
    """Raises BadReceipt unless a receipt may be kept: one whose proof is only late is."""
    if not receipt.proofs:
        now = min(now, receipt.opened_promise().not_after)
    receipt.verify(receipt.channel, now=now)


def sealed_body(data: bytes) -> bytes:
    """The sealed text in R.sealed: the whole filing as it was sent, or, rebuilt from the words, the sealed text alone.

    Raises BadKeyFile.
    """
    if data.startswith(AGE):
        return data
    try:
        return dict(unpack_bundle(data)[1])["body"]
    except (BundleError, KeyError):
        raise BadKeyFile(
            "R.sealed is neither a filing nor a sealed text; use the file that `demur file` wrote."
        ) from None


def _same(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except FileNotFoundError:
        return False
