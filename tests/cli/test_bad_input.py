# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever is typed: one sentence that names the fact and the remedy, never a traceback, never something half-made."""

import shlex
from pathlib import Path

import pytest

from serving import demur

# Commands over files that are not what they should be. CH is a practice installation that is not served.
BAD = """
verify junk
verify nowhere
verify empty.json
verify t.txt --key junk
verify junk --channel 'one two three'
status junk
status
status --words
message junk hello
withdraw junk --yes
trust add
trust add ftp://x --channel CH/channel.toml
trust add http://example.org --channel CH/channel.toml
trust add http://127.0.0.1:9 --channel 'a b c d e f'
trust add http://127.0.0.1:9 --channel junk
file t.txt
file --server http://127.0.0.1:9 t.txt -o r
file --server http://127.0.0.1:9 --channel CH/channel.toml nowhere -o r
file --server http://127.0.0.1:9 --channel CH/channel.toml t.txt -o r --yes
file --server http://127.0.0.1:9 --channel CH/channel.toml t.txt -o r --claims x
file --server nonsense --channel CH/channel.toml t.txt -o r --yes
desk list
desk --server http://127.0.0.1:9 --channel CH/channel.toml --key junk list
desk --server http://127.0.0.1:9 --channel CH/channel.toml --key CH/practice/officer.key list
desk --server http://127.0.0.1:9 --channel CH/channel.toml --key CH/practice/custodian.key list
key new
key new -o junk --no-passphrase
key new -o nowhere/k --no-passphrase
key new -o k --passphrase-file nowhere
charter show junk
charter lint empty.json
charter sign empty.json --key junk --channel CH/channel.toml -o o
charter sign CH/charter.request --key CH/practice/custodian.key --channel CH/channel.toml -o o --yes
charter adopt CH empty.json
charter adopt d junk
seat fill
seat fill CH junk
seat list nowhere
seat fill --request --seat 'bad seat' --key CH/practice/custodian.key --holder X --channel CH/channel.toml -o q
seat sign --key CH/practice/officer.key --channel CH/channel.toml --charter CH/charter.request empty.json -o s
init CH --practice
init x --origin 'BAD NAME' --officer officer.pub
init x --origin ok.example --officer junk
init x --practice --charter nowhere
init x --practice --charter junk
init t.txt --practice
init x --practice --witness junk
init x --practice --witness empty.json
charter request CH junk -o o
charter request CH empty.json -o o
charter request d us-nrc-dpo -o o
policy request CH --witness junk -o o
policy request CH --witness empty.json -o o
policy sign empty.json --key CH/practice/officer.key --channel junk -o o
policy sign junk --key CH/practice/officer.key --channel CH/channel.toml -o o
policy adopt CH junk
witness add W junk
witness add W empty.json
witness add d CH/channel.toml
witness list d
witness serve d
witness serve W --listen junk
serve nowhere
serve d
serve CH --listen junk
serve CH --listen 0.0.0.0:80
serve CH --tls-cert junk --tls-key junk
doctor d
nonsense
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bad")
    (place / "junk").write_bytes(b"garbage\xff\n")
    (place / "t.txt").write_text("Text.\n")
    (place / "empty.json").write_text("{}")
    (place / "officer.pub").write_text("0" * 63 + "7\n")
    (place / "d").mkdir()
    assert demur("witness", "new", "W", "--name", "w.example", home=place).code == 0
    assert demur("init", "CH", "--practice", "--address", "http://127.0.0.1:9", home=place).code == 0
    return place


@pytest.mark.parametrize("line", BAD.strip().splitlines())
def test_a_wrong_command_is_answered_in_one_sentence(line: str, place: Path) -> None:
    before = {path.name for path in place.iterdir()}

    done = demur(*shlex.split(line), home=place)

    assert done.code in {1, 2}, done.out
    assert "Traceback" not in done.err
    sentences = [row for row in done.err.strip().splitlines() if not row.startswith("demur: warning: ")]
    assert len(sentences) == 1, done.err
    assert sentences[0].endswith((".", "shows how."))
    # What a filing leaves behind to be sent again is meant to stay; nothing else is.
    assert {path.name for path in place.iterdir()} - before <= {"r.filing"}
