# SPDX-License-Identifier: AGPL-3.0-or-later
"""`{% load fields %}<textarea id="text"{% private id="text" hint=hint %}>`: the attributes by which a field asks to be left alone.

A browser that fills in, mends or translates, and the extensions that do, may keep what is typed or send it to their makers. These
attributes ask them not to: to write nothing into the profile (`autocomplete`), to send nothing to a speller or a grammar service, to
offer no password.
"""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_ALONE = 'spellcheck="false" data-gramm="false" data-enable-grammarly="false" data-1p-ignore data-lpignore="true"'


@register.simple_tag
def private(*, id: str = "", hint: str = "", fault: str = "", secret: bool = False) -> SafeString:  # noqa: A002 -- as in HTML
    """The attributes; `hint` and `fault` are what stands beside the field, "" for nothing; `secret`: words or a code, never capitalised."""
    told = format_html(' aria-describedby="{}-hint"', id) if hint else ""
    wrong = mark_safe(' aria-invalid="true"') if fault else ""
    letters = "none" if secret else "sentences"
    return format_html(
        ' autocomplete="off" autocapitalize="{}" {}{}{}',
        letters,
        mark_safe(_ALONE),  # noqa: S308 -- our own text
        told,
        wrong,
    )


@register.simple_tag
def untranslated() -> SafeString:
    """The attribute by which a page asks browsers to translate nothing of it: what stands on it would be sent to those who translate."""
    return mark_safe(' translate="no"')
