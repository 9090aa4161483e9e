# SPDX-License-Identifier: AGPL-3.0-or-later
"""The room of inspector, ombuds, union and committee."""
