# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happens to a notice: it is rung, and after it died it is tried again."""
