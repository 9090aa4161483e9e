# SPDX-License-Identifier: AGPL-3.0-or-later
"""The room of the custodian and the readers."""
