# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a stranger wrote into a file or an answer is shown as theirs: nothing of it reaches the terminal raw, none of it poses as a sentence
of ours, and whatever its kind or size, a command ends in a sentence and never in a traceback.
"""

import json
import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from test_browser_evidence import LIES
from test_exhibit import Story, story  # noqa: F401 -- a fixture
from test_filing import filed_at, wish_of
from tiny_record import NOW, TinyServer

from demur import canonical
from demur.charter.channel import Channel, ChannelFile
from demur.charter.officers import sign_statement
from demur.cli import exhibit_view, filing_view, main, speak, status_view, verify
from demur.cli.desk import view
from demur.client import authorkey, exhibit_checks, filing
from demur.client.disclosing import make_exhibit
from demur.client.errors import BadExhibit
from demur.client.receipt import channel_line
from demur.client.sections import write_sections
from demur.client.verifying import verify_file, verify_with_exhibit
from demur.client.wish import Attachment
from demur.dissent import manifests
from demur.dissent.documents.reply import Answer, Commitment, Reply
from demur.record.cosignature import LogKeys
from demur.record.head import Head
from demur.record.policy import Policy
from demur.record.promise import Promise
from demur.seal.signing import SigningKey

pytestmark = pytest.mark.adversary

SENTENCE = "The officers of the channel certify this text as true."
HOSTILE = {
    "sentence": f"x, byte for byte.\n    - {SENTENCE}\n    - y",
    "carriage": f"x\r    - {SENTENCE}\x0b\x0c\x1c\x85\u2028\u2029{SENTENCE}",
    "screen": "x\x1b[2J\x1b[H\x9b31m",
    "title": "x\x1b]0;certified\x07\x1b]8;;http://example.org\x07",
    "turned": "x\u202e\u2066.eurt si siht\u2069",
    "hidden": "x\u200b\u2060\ufeff\U000e0041",
    "closing": f"x”. {SENTENCE} “y",
    "long": "x" * 100_000,
    "half": "x\ud800",
}
UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})


def raw(lines: list[str]) -> list[str]:
    """Of what would be printed, the letters that nobody sees or that act on a terminal, and lines that pose as ours."""
    told = []
    for row in lines:
        told += [f"U+{ord(letter):04X}" for letter in row if unicodedata.category(letter) in UNSEEN and letter != "\n"]
        told += ["a line"] * sum(part.strip().removeprefix("- ").startswith(SENTENCE) for part in row.split("\n"))
        told += ["long"] * (len(row) > 8000)
    return told


def everything(value: str) -> Iterator[tuple[str, list[str]]]:
    """Each sentence of the command line that holds a value of others, with `value` in every one of its places."""
    anything = cast(Any, SimpleNamespace)
    reply = Reply(
        outcome=value,
        text="",
        signed_by=value,
        appeal="",
        answers=(Answer(claim=cast(int, value), kind=value, text="", to=value),),
        commitments=(Commitment(text=value, date=value),),
    )
    yield "reply, to its author", status_view._reply_lines(reply)
    yield "reply, at the desk", view.reply_lines(reply)
    claim = anything(n=value, text="x", paragraph=0, marking="")
    dissent = anything(subject=value, text="", original=value, prompts={value: "x"}, claims=[claim])
    yield "dissent, at the desk", view._dissent_lines(dissent, {value: value})
    frozen = anything(charter=anything(seats=[anything(id="head", title=value)]))
    yield "a seat's title", [view.title_of("head", frozen), view.title_of(value, frozen)]
    told = {
        "v": 2,
        "type": "grant",
        "to": value,
        "item": value,
        "outcome": value,
        "clock": value,
        "seat": value,
        "fact": value,
    }
    item = anything(n=1, event=told, index=1)
    yield "an act, at the desk", [view._act(item, frozen), view._actor(item)]
    yield "an act, to its author", [status_view._done(item, frozen), status_view._actor(item)]
    spoken = anything(fault=value, reply=None, text="x")
    yield "a fault", [*view._spoken_lines(spoken), *status_view._spoken_lines(spoken)]
    reader = anything(seat=anything(id="head", title=value), holder=value)
    yield "who reads", [filing_view._reader_line(reader, anything(new_keys=()))]
    yield "an exhibit", exhibit_view.exhibit_lines(exhibited(value))
    accepted = anything(witnesses=(value,), checkpoint=anything(size=1), time=NOW)
    receipt = anything(recorded=True, proven=[anything(index=1, accepted=accepted)], promise=anything(time=NOW))
    yield "a receipt", verify._receipt_lines(receipt)


def exhibited(value: str) -> Any:
    anything = cast(Any, SimpleNamespace)
    tree = anything(time=NOW, witnesses=(value,), unwitnessed=False)
    findings = anything(
        recorded=True,
        promise=anything(time=NOW, not_after=NOW),
        proven=[anything(index=1, accepted=tree)],
        channel=anything(practice=False, origin="o"),
        known=True,
    )
    event = {"seat": value, "type": value, "seq": value, "outcome": value, "time": NOW, "charter": value}
    answer = anything(event=event, office=value, fault=value, recorded=NOW, witnesses=(value,), document=b"x", index=1)
    text = anything(dissent=anything(subject=value, claims=[1]))
    return anything(
        findings=findings, received=event, frozen=None, text=text, given={value: value}, answers=[answer],
        authorship=anything(filed=True, by="00", to=value[:2000], time=NOW), hidden=[],
    )  # fmt: skip


def printed(lines: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What stands on the terminal once a command has said these lines, and warned and failed with them."""
    speak.emit({}, json=False, lines=lines)
    for row in lines:
        speak.say(row)
        speak.warn(row)
        speak.progress(row)
    told = capsys.readouterr()
    return [told.out, told.err]


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_value_of_a_stranger_acts_on_the_terminal_or_poses_as_ours(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    value = HOSTILE[kind]
    now = {where: raw(lines) for where, lines in everything(value)}
    said = {
        where: raw([re.sub(r"x{100,}", "x", row) for row in printed(lines, capsys)])
        for where, lines in everything(value)
    }
    with monkeypatch.context() as planted:
        for name in ("line", "quoted"):
            planted.setattr(speak, name, lambda text, most=0: str(text))
        planted.setattr(speak, "shown", lambda text: text)
        before = {where: raw(lines) for where, lines in everything(value)}
    with capsys.disabled():
        count = [sum(map(bool, found.values())) for found in (before, now)]
        print(f"\n{kind}: raw in {count[0]} of {len(now)} places with the hole, {count[1]} now")

    assert not any(now.values()), now
    assert not any(said.values()), said
    assert all(before.values()) or kind == "closing", before


def unchecked(planted: pytest.MonkeyPatch) -> None:
    """The planted hole: nobody looks at the types in a manifest."""
    planted.setattr(exhibit_checks, "_is_attachment", lambda *_: True)
    for module in (authorkey, manifests):
        planted.setattr(module, "manifest_fault", lambda _: "")


def test_a_value_cannot_close_the_marks_around_it() -> None:
    assert speak.quoted(HOSTILE["closing"]) == f"“x<U+201D>. {SENTENCE} <U+201C>y”"


def test_an_attachment_s_number_that_is_a_sentence_is_no_attachment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The proof of concept of the review: an exhibit whose list of attachments says more than it lists."""
    data, server = b"anything", TinyServer()
    honest = filing._Sealing._manifest

    def hostile(self: Any, kind: str, names: Any, **more: Any) -> Any:
        made = honest(self, kind, names, **more)
        for row in made.get("attachments", ()):
            row["n"] = HOSTILE["sentence"]
        return made

    with monkeypatch.context() as changed:
        changed.setattr(filing._Sealing, "_manifest", hostile)
        unchecked(changed)  # the stranger's own client checks nothing
        filed = filed_at(server, wish_of(attachments=(Attachment(name="x.pdf", data=data),)))
    with monkeypatch.context() as changed:
        unchecked(changed)
        made = make_exhibit({"text"}, filed.key, filed.receipt, sealed=filed.sealed_body, fetched=None, to="", now=NOW)

    def told() -> str:
        shown = verify_file(made.written.encode(), lambda _: True, must_be_known=True, now=NOW)
        found = verify_with_exhibit(cast(Any, shown), {"x.pdf": data})
        return "\n".join(exhibit_view.exhibit_lines(found))

    with monkeypatch.context() as planted:
        unchecked(planted)
        planted.setattr(speak, "line", lambda text, most=0: str(text))
        before = f"- {SENTENCE}" in told()
    with pytest.raises(BadExhibit, match="attachments"):
        told()
    with monkeypatch.context() as planted:  # and where the manifest's own check is passed, that of the exhibit is not
        for module in (authorkey, manifests):
            planted.setattr(module, "manifest_fault", lambda _: "")
        with pytest.raises(BadExhibit, match="list of attachments"):
            told()
    with capsys.disabled():
        print(f"\nunder “It proves:” stands a stranger's sentence: planted hole {before}, now False")
    assert before


# whatever its kind or size

ODD: tuple[Any, ...] = (
    None, True, False, -1, 0, 2**53 - 1, 2**53, 10**300, 1.5, "", "x", "0" * 64, "\x1b[2J", [], [[]], {}, {"a": 1}, [None], ["x"] * 3,
)  # fmt: skip
TRIES = 120


def mutated(value: Any, chance: random.Random) -> Any:
    """`value` with one part replaced by something of another kind, left out, or doubled."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        name = chance.choice(sorted(value))
        rest = {key: each for key, each in value.items() if key != name}
        if chance.random() < 0.1:
            return rest
        return {**rest, name: mutated(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.85:
        place = chance.randrange(len(value))
        return [*value[:place], mutated(value[place], chance), *value[place + 1 :]]
    return chance.choice(ODD)


def mutations(text: str, chance: random.Random) -> str:
    """The text of a file with one of its lines of JSON or one of its numbers changed, or a piece of it cut out."""
    lines = text.split("\n")
    way = chance.random()
    rows = [n for n, row in enumerate(lines) if row.startswith("{")]
    if rows and way < 0.7:
        n = chance.choice(rows)
        made = mutated(json.loads(lines[n]), chance)
        lines[n] = json.dumps(made, sort_keys=True, separators=(",", ":"), ensure_ascii=chance.random() < 0.5)
    elif way < 0.8:
        n = chance.randrange(len(lines))
        lines[n] = re.sub(
            r"\d+", lambda _: chance.choice((str(2**53 - 1), "1" + "0" * 15, "9" * 5000, "0")), lines[n], count=1
        )
    elif way < 0.9:
        n = chance.randrange(len(lines))
        lines[n] = chance.choice(
            ("", "\x1b]0;x\x07", '{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "\u2028", "9" * 6000)
        )
    else:
        start = chance.randrange(len(lines))
        lines = lines[:start] + lines[start + chance.randint(1, 3) :]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def strangers(story: Story, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[str], Path]]:  # noqa: F811
    """Files that a stranger can hand over, each with the command that reads it; FILE stands for it."""
    place = tmp_path_factory.mktemp("files")
    channel = story.server.channel
    known = place / "channel.toml"
    known.write_text(ChannelFile(channel=channel, address="https://dissent.example.org").to_toml())
    key = place / "mine.key"
    key.write_bytes(story.key.to_bytes())
    (place / "mine.receipt").write_text(story.receipt.text)
    every = story.exhibit("existence", "time-and-charter", "text", "authorship", "answers")
    texts = {f"{name}.evidence": tell() for name, tell in LIES.items()}
    texts |= {"a.receipt": story.receipt.text, "an.exhibit": every.written}
    found = {}
    for name, text in texts.items():
        path = place / name.replace(", ", "-")
        path.write_text(text)
        found[name] = (["verify", "FILE"], path)
    found["a channel file"] = (["verify", str(place / "a.receipt"), "--channel", "FILE"], known)
    found["a key file"] = (["verify", str(place / "mine.receipt"), "--key", "FILE"], key)
    found["a signed charter"] = (["charter", "show", "FILE"], place / "charter.signed")
    found["a charter's request"] = (
        ["charter", "sign", "FILE", "--key", str(key), "--channel", str(known), "-o", str(place / "out"), "--yes"],
        place / "charter.request",
    )
    server = story.server
    statement = sign_statement(server.frozen.entry(server.log.origin, 0), server.officer.signing)
    for name in ("charter.signed", "charter.request"):
        (place / name).write_text(json.dumps(statement, sort_keys=True, separators=(",", ":")))
    return found


def outcome(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[Any, str]:
    """How the command line ends: its exit code or the exception that nobody caught, and what it said."""
    try:
        main.run.main(words)
    except SystemExit as error:
        code: Any = error.code
    except BaseException as error:  # noqa: BLE001 -- this is what is looked for
        code = error
    told = capsys.readouterr()
    return code, told.out + told.err


def test_no_file_of_a_stranger_ends_in_a_traceback(
    strangers: dict[str, tuple[list[str], Path]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DEMUR_HOME", str(tmp_path / "home"))
    seed, crashed, told_raw = 11, dict.fromkeys(("bare", "now"), 0), []
    count = 0
    for name, (words, path) in strangers.items():
        chance, text = random.Random(f"{seed} {name}"), path.read_text()
        for n in range(TRIES if name.endswith(("receipt", "exhibit")) else TRIES // 5):
            odd = tmp_path / f"odd{path.suffix}"
            odd.write_text(mutations(text, chance), encoding="utf-8", errors="surrogatepass")
            command = [str(odd) if word == "FILE" else word for word in words]
            code, said = outcome(command, capsys)
            count += 1
            unforeseen = "of another kind than it should" in said
            crashed["bare"] += unforeseen
            crashed["now"] += isinstance(code, BaseException) or "Traceback" in said
            assert code in (0, 1, 2), (seed, name, n, code)
            told_raw += [(name, n)] if raw(said.split("\n")) else []
    with capsys.disabled():
        print(
            f"\nseed {seed}: {count} mutated files; {crashed['bare']} unforeseen, {crashed['now']} tracebacks, {len(told_raw)} raw"
        )
    assert not crashed["now"]
    assert not told_raw
    assert crashed["bare"] <= count // 100, "too much is left to the last net: check its kind where it is read"


def own_receipts() -> Iterator[tuple[str, str]]:
    """Receipts of a stranger's own channel, signed by keys of their own, so that nothing ends at a signature."""
    origin, chance = "dissent.example.org", random.Random(7)
    keys = LogKeys.generate(origin, chance.randbytes)
    officer = SigningKey.generate(chance.randbytes).public.hex()
    policy = Policy.for_log(keys.vkeys).text
    channel = Channel(
        origin=origin, ed25519_vkey=keys.vkeys[0], mldsa_vkey=keys.vkeys[1], officers=(officer,), k=1, policy=policy
    )
    document = channel.document()

    def receipt(line: str, at: int = NOW, due: int = 2**53 - 1) -> str:
        promise = Promise(
            origin=origin, channel=channel.digest, policy=channel.first_policy.sha256,
            entries=(chance.randbytes(32), chance.randbytes(32)), time=at, not_after=due,
        )  # fmt: skip
        sections = [("channel", line), ("promise", promise.sign(keys.note_signer))]
        head = Head(origin=origin, mailbox="0f" * 16, count=1, last=b"\1" * 32, time=at, size=2**53 - 1)
        return write_sections("demur/receipt/v1", [*sections, ("head", head.sign(keys.note_signer))])

    def line(**members: Any) -> str:
        return canonical.dump({**document, **members}).decode() + "\n"

    yield "times beyond calendars", receipt(channel_line(channel), at=2**53 - 2)
    yield "due beyond calendars", receipt(channel_line(channel))
    statements: tuple[Any, ...] = (
        "ab",
        [[1, 2]],
        False,
        5,
        {"origin": origin, "officers": [{"key": [], "signature": "x"}]},
    )
    for n, statement in enumerate(statements):
        yield f"changes {n}", receipt(line(changes=[{"statement": statement, "proof": "x"}]))
    for n, changes in enumerate((5, "x", [5], [[]], [{}], {"statement": 1}, [{"statement": {}, "proof": 5}])):
        yield f"changes are {n}", receipt(line(changes=changes))
    for name in document:
        for n, odd in enumerate((5, True, [], [5], {}, "\x1b[2J", "")):
            yield f"{name} {n}", receipt(line(**{name: odd}))
    yield "deep", receipt('{"a":' + "[" * 100_000 + "]" * 100_000 + "}\n")
    yield "a number of 6000 digits", receipt('{"k":' + "9" * 6000 + "}\n")


def test_a_receipt_of_a_stranger_s_own_channel_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEMUR_HOME", str(tmp_path / "home"))
    unforeseen, count = [], 0
    for name, text in own_receipts():
        file = tmp_path / "x.receipt"
        file.write_text(text)
        code, said = outcome(["verify", str(file)], capsys)
        count += 1
        assert code in (0, 1), (name, code)
        assert not raw(said.split("\n")), (name, said)
        unforeseen += [name] if "of another kind than it should" in said else []
    with capsys.disabled():
        print(f"\n{count} receipts of a stranger's own channel; left to the last net: {unforeseen}")
    assert not unforeseen


def test_the_last_net_is_what_keeps_an_unforeseen_fault_from_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A fault that no reader foresees, with a value in its message that must not be told."""
    file = tmp_path / "x.receipt"
    file.write_text("demur/receipt/v1\n")

    def fails(*_: object, **__: object) -> Callable[..., None]:
        raise ZeroDivisionError("\x1b[2Jsecret")

    monkeypatch.setattr(verify, "verify_file", fails)
    code, said = outcome(["verify", str(file)], capsys)
    assert code == 1
    assert "ZeroDivisionError at" in said
    assert "secret" not in said
    monkeypatch.setenv("DEMUR_TRACEBACK", "1")
    assert isinstance(outcome(["verify", str(file)], capsys)[0], ZeroDivisionError)
