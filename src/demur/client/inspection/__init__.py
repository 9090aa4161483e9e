# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a file tells beside its text: its kind by content, and each thing found in it. Mirrored by
`assets/lib/inspection`.
"""
