# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nothing that an author typed or chose is thrown away by one press: it is asked once, or it comes back."""

from collections.abc import Callable
from pathlib import Path

from acting import Author
from stub_worker import WORDS, Played

from serving import Channel

Play = Callable[..., Played]


def pressed(author: Author, selector: str, *, sure: bool) -> list[str]:
    """Press, and answer what is asked; the questions."""
    author.page.dialogs.clear()
    author.page.accepts = sure
    author.click(selector)
    author.value("1")
    author.page.accepts = True
    return list(author.page.dialogs)


def boxes(author: Author) -> list[str]:
    return list(author.value("[...document.querySelectorAll('#claim-rows textarea')].map((box) => box.value)"))


def asked(author: Author, served: Channel) -> None:
    """To the claims, by answering questions."""
    author.begin(f"{served.url}/en/file/")
    author.click("#way-asked")
    author.next("subject")
    author.type("#subject", "The northern crossing")
    author.next("dissent")
    author.type("#dissent", "The count was wrong.")
    author.next("recommendation")
    author.type("#recommendation", "Count again.")
    author.next("more")
    author.next("claims")
    author.type("#claim-1", "The week was wrong.")
    author.click("#claim-more")
    author.type("#claim-2", "The road is shut.")


def test_a_claim_that_is_removed_is_asked_about_once_and_an_empty_one_is_not(served: Channel, played: Play) -> None:
    author = played(look={"facts": []})
    asked(author, served)

    assert pressed(author, "#claim-rows .field:nth-child(1) button", sure=False) == [
        "“Remove claim 1”: what stands there is gone from this page then. Do it?"
    ]
    assert boxes(author) == ["The week was wrong.", "The road is shut."]
    assert len(pressed(author, "#claim-rows .field:nth-child(1) button", sure=True)) == 1
    assert boxes(author) == ["The road is shut."]
    author.click("#claim-more")
    assert pressed(author, "#claim-rows .field:nth-child(2) button", sure=False) == []
    assert boxes(author) == ["The road is shut."]


def _back_to_the_way(author: Author) -> None:
    while author.step() != "way":
        author.click("#back")


def test_claims_come_back_with_the_way_of_writing(served: Channel, played: Play) -> None:
    author = played(look={"facts": []})
    asked(author, served)
    _back_to_the_way(author)
    author.click("#way-own")
    author.next("own")
    author.type("#own-text", "One.\n\nTwo.")
    author.next("claims")
    assert boxes(author) == []
    author.click("#paragraph-2")
    _back_to_the_way(author)
    author.click("#way-asked")
    for step in ("subject", "dissent", "recommendation", "more", "claims"):
        author.next(step)

    assert boxes(author) == ["The week was wrong.", "The road is shut."]


def test_a_passage_that_is_no_claim_any_more_stands_where_one_press_makes_it_one(served: Channel, played: Play) -> None:
    author = played(look={"facts": []})
    author.begin(f"{served.url}/en/file/")
    author.click("#way-own")
    author.next("own")
    author.type("#own-text", "One two three.\n\nFour.")
    author.next("claims")
    author.click("#claim-passages summary")
    author.type("#passage", "two three")
    author.click("#passage-take")
    author.click("#passage-rows button")
    assert author.value("document.querySelectorAll('#passage-rows li').length") == 0
    author.click("#passage-take")
    assert "two three" in author.value("document.querySelector('#passage-rows').innerText")


def test_a_file_that_was_added_is_left_out_only_when_it_is_meant(served: Channel, played: Play, tmp_path: Path) -> None:
    author = played(look={"facts": []})
    author.begin(f"{served.url}/en/file/")
    author.write_own("The northern crossing")
    (tmp_path / "count.txt").write_text("12 lorries")
    author.choose_file("#files", tmp_path / "count.txt")
    author.wait("document.querySelector('#file-rows li button')")
    leave = "#file-rows li button"

    assert pressed(author, leave, sure=False) == [
        "“Leave out count.txt”: what stands there is gone from this page then. Do it?"
    ]
    assert author.value("document.querySelectorAll('#file-rows > li').length") == 1
    pressed(author, leave, sure=True)
    assert author.value("document.querySelectorAll('#file-rows > li').length") == 0


def test_a_message_and_a_reason_are_not_lost_with_the_case_or_the_question(served: Channel, played: Play) -> None:
    author = played()
    author.begin(f"{served.url}/en/case/")
    author.type("#words", WORDS)
    author.click("#open")
    author.wait("document.querySelector('article')")
    author.click("[data-act=first]")
    assert pressed(author, "[data-act=keep]", sure=False) == []
    author.click("[data-act=first]")
    author.type("#reason", "It was settled.")
    assert len(pressed(author, "[data-act=keep]", sure=False)) == 1
    assert author.value("document.getElementById('reason').value") == "It was settled."
    pressed(author, "[data-act=keep]", sure=True)
    author.type("#message", "Not sent yet.")
    assert pressed(author, "[data-act=away]", sure=False) == [
        "“Put the case away”: what stands there is gone from this page then. Do it?"
    ]
    assert author.value("document.getElementById('message').value") == "Not sent yet."
    pressed(author, "[data-act=away]", sure=True)
    author.wait("document.querySelector('#begin')")
