# SPDX-License-Identifier: AGPL-3.0-or-later
"""A witness that says it cosigned another record: true where the machine was set back, false where the witness lies. Neither forks a log,
and no liar stops one for good.
"""

import http.server
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from with_witness import Story

from demur.site.configuration import NoInstallation
from demur.site.disputes import DISPUTES, Disputes, InDispute
from serving import Channel, Done, demur

pytestmark = pytest.mark.adversary
LIE = 99_999_999_999


def signed(channel: Channel) -> dict[int, str]:
    """Root by size of every checkpoint that was signed."""
    with sqlite3.connect(channel.directory / "demur.sqlite3") as rows:
        return dict(rows.execute("select size, hex(root) from entries_checkpoint"))


def log_of(channel: Channel) -> str:
    return channel.output.read_text()


Answer = Callable[[str], tuple[int, str]]  # status and text to a request's body


def larger(_: str) -> tuple[int, str]:
    return 409, f"{LIE}\n"


def refusing_every_proof(body: str) -> tuple[int, str]:
    return (422, "no\n") if body.startswith("old 1\n") else (409, "1\n")


@contextmanager
def liar(port: int, answer: Answer = larger) -> Iterator[None]:
    """What stands at the witness's address now."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, text = answer(self.rfile.read(int(self.headers["Content-Length"])).decode())
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/x.tlog.size")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def serve(story: Story, *more: str) -> Done:
    """`demur serve` where it is expected to refuse."""
    return demur("serve", story.channel.directory, "--listen", "127.0.0.1:1", *more, home=story.home)


def wait_for(wanted: str, channel: Channel) -> None:
    end = time.monotonic() + 40
    while wanted not in log_of(channel):
        assert time.monotonic() < end, log_of(channel)
        time.sleep(0.1)


def knock(story: Story) -> None:
    """File something, whatever comes of it: the log has something to publish, and asks its witness."""
    story.home.mkdir(exist_ok=True)
    (story.home / "knock.txt").write_text("The crossing\n\nThe count was wrong.\n")
    demur("file", *story.channel.known, "--yes", "-o", "knock", "knock.txt", home=story.home)


@pytest.fixture
def copy(story: Story, tmp_path: Path) -> Channel:
    """The installation as it was before the witness saw more: its disk of yesterday. The witness is away."""
    story.start_witness()
    story.channel.start()
    story.file("first")
    story.channel.stop()
    yesterday = tmp_path / "yesterday"
    shutil.copytree(story.channel.directory, yesterday)
    story.channel.start()
    story.file("second")
    story.channel.stop()
    story.stop_witness()
    return Channel(directory=yesterday, port=story.channel.port, output=tmp_path / "yesterday.log")


def test_a_witness_that_was_away_at_the_start_is_asked_before_anything_is_signed(story: Story, copy: Channel) -> None:
    before, world = signed(copy), signed(story.channel)
    copy.start()
    assert "was not heard" in log_of(copy)
    assert "asked again before anything is signed" in log_of(copy)
    story.start_witness()
    story.channel = copy
    knock(story)
    wait_for("disputes the record", copy)
    copy.stop()

    assert signed(copy) == before
    assert max(before) < max(world)
    refused = serve(story)
    assert refused.code == 1
    assert f"says that it cosigned {max(world)} entries, and this log holds {max(before)}" in refused.err
    story.stop_witness()
    assert serve(story).code == 1  # it is not forgotten because the witness is away again


def test_what_was_signed_before_the_witness_came_is_not_shown_after(story: Story, copy: Channel) -> None:
    """Nobody can hold a log back from signing while its witness is away; once the witness speaks, nothing follows."""
    world = signed(story.channel)
    story.channel = copy
    copy.start()
    story.file("third")
    time.sleep(1)
    forked = signed(copy)
    assert forked[max(forked)] != world.get(max(forked))
    story.start_witness()
    knock(story)
    wait_for("disputes the record", copy)
    copy.stop()
    assert signed(copy) == forked
    assert demur("tick", copy.directory, home=story.home).code == 1
    assert signed(copy) == forked


def test_a_set_back_log_goes_on_when_it_holds_again_what_the_witness_saw(
    story: Story, copy: Channel, tmp_path: Path
) -> None:
    world = signed(story.channel)
    story.start_witness()
    mirror = story.channel.directory / "record"
    story.channel = copy
    assert serve(story).code == 1
    done = demur("backup", copy.directory, tmp_path / "backup", home=story.home)
    assert done.code == 0, done.err
    done = demur("restore", tmp_path / "backup", copy.directory, "--mirror", mirror, "--json", home=story.home)
    assert done.code == 0, done.err
    assert done.json["disputed"] == []
    copy.start()
    story.file("third")
    copy.stop()
    after = signed(copy)
    assert {size: after[size] for size in world if size in after} == {
        size: root for size, root in world.items() if size in after
    }
    assert max(after) > max(world)
    assert Disputes.read(copy.directory).rows == []


@pytest.fixture
def witnessed(story: Story) -> Story:
    """A log that its witness cosigned; stopped, and the witness is gone."""
    story.start_witness()
    story.channel.start()
    story.file("first")
    story.channel.stop()
    story.stop_witness()
    return story


@pytest.mark.parametrize("answer", [larger, refusing_every_proof])
def test_a_liar_stops_a_log_once_and_is_overruled_for_all_to_see(witnessed: Story, answer: Answer) -> None:
    story, address = witnessed, f"http://127.0.0.1:{witnessed.witness_port}"
    size = max(signed(story.channel))
    with liar(story.witness_port, answer):
        refused = serve(story)
        assert refused.code == 1
        assert f"--overrule {address}" in refused.err
        start(story, "--overrule", address)
        story.file("second")
        time.sleep(1)
        story.channel.stop()
        assert max(signed(story.channel)) > size
        with sqlite3.connect(story.channel.directory / "demur.sqlite3") as rows:
            floor = rows.execute("select floor from entries_head").fetchone()[0]
            data = [bytes(row[0]) for row in rows.execute('select data from entries_entry where "index" is not null')]
        assert floor < LIE
        told = [json.loads(row.partition(b"\0")[2]) for row in data if b'"type":"overruled"' in row]
        assert [(row["witness"], row["held"]) for row in told] == [(address, size)]
        health = demur("doctor", story.channel.directory, home=story.home).out
        assert (
            f"MEND  Overruled, and not believed when they dispute the record, are the witnesses at {address}; have"
            in health
        )
        assert "Filing is open" in health
        start(story)  # and goes on: it is asked no more whether it pleases
        assert "It was overruled" in log_of(story.channel)
        story.channel.stop()


def start(story: Story, *more: str) -> None:
    """Serve, with options."""
    channel = story.channel
    words = [sys.executable, "-m", "demur", "serve", str(channel.directory), "--listen", f"127.0.0.1:{channel.port}"]
    with channel.output.open("ab") as output:
        channel.process = subprocess.Popen([*words, *more], stdout=output, stderr=output, start_new_session=True)
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{channel.url}/api/v1/channel", timeout=2).close()
            return
        except OSError:
            assert channel.process.poll() is None, log_of(channel)
            time.sleep(0.1)
    raise AssertionError("the server did not answer in time")


def test_what_a_liar_names_never_becomes_the_floor_of_a_restore(witnessed: Story, tmp_path: Path) -> None:
    story = witnessed
    done = demur("backup", story.channel.directory, tmp_path / "backup", home=story.home)
    assert done.code == 0, done.err
    shutil.rmtree(story.channel.directory)
    with liar(story.witness_port):
        done = demur("restore", tmp_path / "backup", story.channel.directory, "--json", home=story.home)
        assert done.code == 0, done.err
        assert done.json["floor"] == done.json["size"]
        assert str(LIE) in done.json["disputed"][0]
    refused = serve(story)
    assert refused.code == 1
    assert str(LIE) in refused.err
    story.start_witness()  # the liar is gone, the witness is back and cosigns: nobody need overrule anything
    story.channel.start()
    story.file("second")
    story.channel.stop()
    assert Disputes.read(story.channel.directory).rows == []


def test_a_liar_while_the_log_runs_is_told_and_stops_what_is_signed_and_promised(witnessed: Story) -> None:
    story = witnessed
    story.start_witness()
    story.channel.start()
    story.file("second")  # the witness was heard
    time.sleep(1)
    size = max(signed(story.channel))
    story.stop_witness()
    with liar(story.witness_port):
        story.file("third")  # taken and promised
        wait_for("disputes the record", story.channel)
        refused = demur("file", *story.channel.known, "--yes", "-o", "fourth", "text.txt", home=story.home)
        assert refused.code == 1
        time.sleep(1)
    story.channel.stop()
    # What was signed before the witness spoke is not shown; nothing more is signed.
    assert len([each for each in signed(story.channel) if each > size]) == 1
    shown = int((story.channel.directory / "record" / "checkpoint").read_text().splitlines()[1])
    assert shown == size


@pytest.mark.parametrize("text", ["9999999999999999\n", "-1\n", "1e9\n", "²\n", "", "7" * 1000])
def test_a_size_that_is_none_is_no_answer(witnessed: Story, text: str) -> None:
    with liar(witnessed.witness_port, lambda _: (409, text)):
        witnessed.channel.start()
        witnessed.channel.stop()
    told = log_of(witnessed.channel)
    assert "answered, and did not cosign" in told
    assert "nobody noticed yet" in told


PUBLISH = """
import sys, time
from pathlib import Path
from demur.site.boot import open_installation
ground = open_installation(Path(sys.argv[1]))
from demur.site.ticker import publish_readable
publish_readable(ground, now=int(time.time()))
"""


def test_a_witness_knows_what_rows_made_anew_have_forgotten_before_they_sign_anything(
    witnessed: Story, tmp_path: Path
) -> None:
    """Tables and no rows, as a look at a damaged installation once left them: nothing on this machine says that it ever signed."""
    directory, size = witnessed.channel.directory, max(signed(witnessed.channel))
    (tmp_path / "officer.pub").write_text("aa" * 32)
    fresh = ["--origin", "fresh.example", "--officer", tmp_path / "officer.pub"]
    assert demur("init", tmp_path / "fresh", *fresh, home=witnessed.home).code == 0
    for path in directory.glob("demur.sqlite3*"):
        path.unlink()
    shutil.copy(tmp_path / "fresh" / "demur.sqlite3", directory)
    shutil.rmtree(directory / "record")
    witnessed.start_witness()
    for _ in range(2):
        refused = serve(witnessed)
        assert (refused.code, f"cosigned {size} entries, and this log holds 0" in refused.err) == (1, True), refused.err
        (directory / DISPUTES).unlink()  # what was kept of it does not matter: it is asked each time
    # Acts of officers ask no such question first, and publish at once.
    published = subprocess.run(
        [sys.executable, "-c", PUBLISH, directory], capture_output=True, text=True, check=False, timeout=60
    )
    assert "InDispute" in published.stderr
    assert signed(witnessed.channel) == {}


def test_no_witness_is_overruled_that_disputes_nothing(witnessed: Story) -> None:
    refused = serve(witnessed, "--overrule", f"http://127.0.0.1:{witnessed.witness_port}")
    assert refused.code == 1
    assert "No dispute" in refused.err


def test_disputes_are_kept_to_the_byte_and_a_damaged_file_is_not_taken_for_none(tmp_path: Path) -> None:
    disputes = Disputes.read(tmp_path)
    assert disputes.rows == []
    assert disputes.raised("https://a.example", size=9, held=4, now=1)
    assert not disputes.raised("https://a.example", size=10, held=4, now=2)
    disputes.write()
    again = Disputes.read(tmp_path)
    with pytest.raises(InDispute, match="9 entries, and this log holds 4"):
        again.check()
    again.overrule("https://a.example", now=3)
    again.check()
    assert not again.raised("https://a.example", size=99, held=4, now=4)
    assert not again.settled("https://a.example")
    again.check()
    data = (tmp_path / DISPUTES).read_bytes()
    for damaged in (b"", data[:-1], data.replace(b"9", b'"9"'), data.replace(b'"v":1', b'"v":2'), b"[]"):
        (tmp_path / DISPUTES).write_bytes(damaged)
        with pytest.raises(NoInstallation, match="restore it"):
            Disputes.read(tmp_path)
