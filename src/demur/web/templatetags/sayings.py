# SPDX-License-Identifier: AGPL-3.0-or-later
"""`{% load sayings %}{% sayings "author" %}`: the sentences that a room's scripts say, translated by the server.

A room keeps them in its `sayings.py` as `SAYINGS`, code -> sentence (marked by gettext_noop), with places such as `{n}` that the script
fills. They stand in the page as data, which no browser runs: scripts hold no sentence, and need no catalogue of their own.
"""

from collections.abc import Mapping
from importlib import import_module

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext

register = template.Library()


def sayings_of(room: str) -> Mapping[str, str]:
    """The sentences of a room's scripts, not yet translated. A room without them is a mistake in a template."""
    # By name, because `web` lies below the rooms and knows none of them.
    found: Mapping[str, str] = import_module(f"demur.{room}.sayings").SAYINGS
    return found


@register.simple_tag
def sayings(room: str) -> SafeString:
    """The block `<script id="say" type="application/json">` in the active language."""
    return json_script({code: gettext(sentence) for code, sentence in sayings_of(room).items()}, "say")
