# SPDX-License-Identifier: AGPL-3.0-or-later
"""The public addresses."""

from demur.public.record import urlpatterns as record

urlpatterns = [*record]
