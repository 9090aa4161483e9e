# SPDX-License-Identifier: AGPL-3.0-or-later
"""The root of every error Demur raises on purpose.

    DemurError
     +-- CanonicalError      demur.canonical
     +-- SealError           demur.seal.errors
     +-- RecordError         demur.record.errors
     +-- ClockError          demur.clock.errors
     +-- CharterError        demur.charter.errors
     +-- EntriesError        demur.entries.errors
     +-- NoticesError        demur.notices.errors
     +-- PeopleError         demur.people.errors
     +-- DissentError        demur.dissent.errors
     +-- WitnessingError     demur.witness.errors
     +-- ClientError         demur.client.errors
     +-- DeskError           demur.desk.errors

Each library has one family. The message is one sentence for a person: the fact, then the remedy. No secret, no text of
a dissent and no key ever stands in a message, because messages end in logs.
"""


class DemurError(Exception):
    """Something Demur refuses; `str(error)` is the sentence to show."""
