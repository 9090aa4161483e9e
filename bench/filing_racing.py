# SPDX-License-Identifier: AGPL-3.0-or-later
"""Filing with threads that race: the same server, each act in a transaction of its own."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "demur.site.settings"

from bench.filing_server import serve

if __name__ == "__main__":
    serve("bench.filing_racing:application")
else:
    from demur.site.wsgi import application as _wsgi  # isort: skip -- sets Django up for what follows

    from bench.filing_server import behind_gateway
    from demur.entries.writer import Alone
    from demur.site.installed import installation

    application = behind_gateway(_wsgi)
    object.__setattr__(installation(), "writer", Alone())
