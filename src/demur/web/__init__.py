# SPDX-License-Identifier: AGPL-3.0-or-later
"""How every page looks: base templates, headers, stylesheet."""
