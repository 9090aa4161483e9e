# SPDX-License-Identifier: AGPL-3.0-or-later
"""The clocks of a case: what is owed, by when, and whether it was kept. Pure: charter, story and times in, rows out.

PROTOCOL section 4: an obligation starts at the promise's time and is met at the time of the first cosigned checkpoint that
contains the act; claimed times never decide. Where that time is not yet known (-1 index, no proof yet), the act counts from its promise and
the row says so.
"""
