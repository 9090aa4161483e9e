# SPDX-License-Identifier: AGPL-3.0-or-later
"""The documents of a case: the dissent, the reply, and the short ones. Formats: `spec/dissent.md`, `spec/reply.md`."""
