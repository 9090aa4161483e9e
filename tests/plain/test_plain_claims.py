# SPDX-License-Identifier: AGPL-3.0-or-later
"""Without script too: what parts a text is said, any passage can be a claim, and a recommendation is asked for."""

from sheets import code_in, file_it, post, sheet

from serving import Channel

PLACE = "/en/file/plain/"
LINES = "The crossing\r\nThe count is wrong. It is old.\r\nThe road is shut."
WRAPPED = (
    "This text was wrapped by a mail program, which ended each of its\r\n"
    "lines at some seventy letters, wherever a word happened to end so\r\n"
    "that nobody can tell which line ends are the author's own.\r\n"
)


def chosen(served: Channel, text: str, *more: tuple[str, str]) -> tuple[int, str]:
    return post(served, PLACE, [("to", "choose"), ("text", text), ("subject", ""), *more])


def test_line_ends_part_a_text_without_empty_lines(served: Channel) -> None:
    page = chosen(served, LINES)[1]
    assert (page.count('name="claim"'), "What ends a paragraph?" in page) == (3, True)
    page = chosen(served, LINES, ("parts", "blank"))[1]
    assert page.count('name="claim"') == 1
    assert "1 paragraph: the reply could pass over a point." in page


def test_wrapped_lines_are_asked_about_before_a_paragraph_can_be_a_claim(served: Channel) -> None:
    page = chosen(served, WRAPPED)[1]
    assert "The lines look wrapped: say what ends a paragraph." in page
    fields = sheet(served, WRAPPED)
    status, page = post(served, PLACE, [*fields, ("claim", "1")])
    assert (status, code_in(page)) == (400, "")
    assert "only you can tell" in page
    status, page, code = file_it(served, [*fields, ("parts", "lines"), ("parted", "lines"), ("claim", "1")])
    assert (status, len(code)) == (200, 42), page


def test_a_passage_is_a_claim_where_it_stands_once(served: Channel) -> None:
    fields = [*sheet(served, LINES), ("recommendation", "Count again."), ("language", "en")]
    status, page = post(served, PLACE, [*fields, ("passage", "is")])
    assert (status, "copy it from the text, and more of it" in page) == (400, True)
    status, page, code = file_it(served, [*fields, ("passage", "count is\r\nwrong."), ("passage", "")])
    assert (status, len(code)) == (200, 42), page


def test_an_empty_text_and_an_empty_file_are_refused(served: Channel) -> None:
    assert chosen(served, "\u200b \u00a0\r\n")[0] == 400
    status, page = post(served, PLACE, sheet(served, LINES), files=[("a.txt", b"")])
    assert (status, code_in(page), "“a.txt” is empty" in page) == (400, "", True)
