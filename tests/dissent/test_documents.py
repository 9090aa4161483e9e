# SPDX-License-Identifier: AGPL-3.0-or-later
"""Dissents and replies: nothing of a text is altered, nothing of a claim is passed over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.dissent.documents import dissent as dissents
from demur.dissent.documents import reply as replies
from demur.dissent.documents import replying
from demur.dissent.documents.dissent import Claim, Dissent, from_text, paragraphs
from demur.dissent.documents.short import read_short, short
from demur.dissent.errors import DocumentError

TEXT = "Subject line\n\nThe first point.\n\nThe second point,\non two lines.\n\nThe third.\n"


def a_dissent(claims: tuple[int, ...] = (2, 3, 4)) -> Dissent:
    return from_text(TEXT.encode(), name="dissent.txt", claims=claims)


def test_claims_are_the_named_paragraphs_exactly() -> None:
    made = a_dissent()

    assert [claim.text for claim in made.claims] == [
        "The first point.",
        "The second point,\non two lines.",
        "The third.",
    ]
    assert [claim.n for claim in made.claims] == [1, 2, 3]
    assert made.subject == "Subject line"


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\0")))
def test_the_text_of_a_dissent_is_never_altered(text: str) -> None:
    try:
        made = from_text(text.encode(), name="a.txt")
    except DocumentError as error:
        assert not paragraphs(text), error  # noqa: PT017 -- what matters is when it is refused
        return

    assert made.text == text
    assert Dissent.parse(made.json) == made


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [((9,), "There is no paragraph 9: the text has 4"), ((0,), "There is no paragraph 0"), ((2, 2), "named twice")],
)
def test_a_claim_that_names_no_paragraph_is_refused(numbers: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(DocumentError, match=sentence):
        a_dissent(numbers)


BAD_TEXTS = {
    "not UTF-8 at byte 3": b"abc\xff",
    "not plain text": b"abc\0def",
    "holds no text": b" \n\n ",
}


@pytest.mark.parametrize(("sentence", "data"), BAD_TEXTS.items())
def test_a_file_that_is_no_text_is_refused_with_what_to_do(sentence: str, data: bytes) -> None:
    with pytest.raises(DocumentError, match=sentence):
        from_text(data, name="a.txt")


def test_the_empty_template_asks_for_what_is_required() -> None:
    with pytest.raises(DocumentError, match="claim 1 needs the entry 'text'"):
        dissents.from_template(dissents.DISSENT_TEMPLATE, name="a.toml")


def test_a_filled_template_becomes_a_dissent() -> None:
    toml = 'subject = "S"\ndissent = "D"\nrecommendation = "R"\ndecision_date = "2027-03-31"\n[[claim]]\ntext = "C"\n'

    made = dissents.from_template(toml, name="a.toml")

    assert made.claims == (Claim(n=1, text="C"),)
    assert made.prompts == {"recommendation": "R", "decision_date": "2027-03-31"}
    assert Dissent.parse(made.json) == made


BAD_TEMPLATES = {
    "unknown entry 'sujbect'": 'sujbect = "S"',
    "needs the entry 'recommendation'": 'subject = "S"\ndissent = "D"',
    "must be text in quotes": 'subject=1\ndissent="D"\nrecommendation="R"',
    "year-month-day": 'subject="S"\ndissent="D"\nrecommendation="R"\ndecision_date="soon"',
    "not valid TOML": 'subject = "S',
    r"under a line \[\[claim\]\]": 'subject="S"\ndissent="D"\nrecommendation="R"\nclaim="C"',
}


@pytest.mark.parametrize(("sentence", "toml"), BAD_TEMPLATES.items())
def test_a_wrong_template_is_refused_with_what_to_write(sentence: str, toml: str) -> None:
    with pytest.raises(DocumentError, match=sentence):
        dissents.from_template(toml, name="a.toml")


def a_reply(answers: str = "", *, head: str = 'outcome = "in_part"\n') -> replies.Reply:
    return replying.from_template(head + answers, a_dissent((2, 3)), most=9)


def an_answer(claim: int, kind: str = "answered", more: str = "") -> str:
    return f'[[answer]]\nclaim = {claim}\nkind = "{kind}"\ntext = "because"\n{more}'


def test_a_reply_answers_each_claim_once() -> None:
    made = a_reply(an_answer(2, "declined") + an_answer(1))

    assert made.counts == {"answered": 1, "referred": 0, "declined": 1}
    assert replies.Reply.parse(made.json) == made


BAD_REPLIES = {
    "Claim 2 is not answered": an_answer(1),
    "Claim 1 is answered more than once": an_answer(1) + an_answer(1) + an_answer(2),
    "answers claim 3, but the dissent has 2": an_answer(1) + an_answer(2) + an_answer(3),
    "unknown kind 'noted'": an_answer(1, "noted") + an_answer(2),
    "needs the entry 'to'": an_answer(1, "referred") + an_answer(2),
    "does not say which claim": "[[answer]]\nkind='answered'\ntext='x'\n",
    "unknown entry 'txt'": an_answer(1, more="txt='x'\n") + an_answer(2),
}


@pytest.mark.parametrize(("sentence", "answers"), BAD_REPLIES.items())
def test_a_reply_that_passes_over_a_claim_is_refused(sentence: str, answers: str) -> None:
    with pytest.raises(DocumentError, match=sentence):
        a_reply(answers)


def test_out_of_scope_is_a_reply_with_reason_and_appeal() -> None:
    with pytest.raises(DocumentError, match="needs the entry 'text'"):
        a_reply(an_answer(1) + an_answer(2), head='outcome = "out_of_scope"\n')
    with pytest.raises(DocumentError, match="needs the entry 'appeal'"):
        a_reply(an_answer(1) + an_answer(2), head='outcome = "out_of_scope"\ntext = "no"\n')


def test_the_reply_template_shows_each_claim_and_cannot_be_sent_empty() -> None:
    template = replying.template(a_dissent((2, 3)), most=9)

    assert "# The second point,\n# on two lines.\n[[answer]]\nclaim = 2" in template
    with pytest.raises(DocumentError, match="outcome"):
        replying.from_template(template, a_dissent((2, 3)), most=9)


@given(st.text(min_size=1, alphabet=st.characters(exclude_categories=("Cs",))).filter(str.strip))
def test_a_message_comes_back_as_it_was_written(text: str) -> None:
    assert read_short("message", short("message", text)) == text


def test_an_empty_message_is_refused() -> None:
    with pytest.raises(DocumentError, match="empty"):
        short("message", " \n")
