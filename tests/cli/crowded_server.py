# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur serve` for which FREE_FILINGS filings in ten minutes are all that is free: `python -m crowded_server PORT`, with DEMUR_DIR.

Not to be imported by a test: it is the application of the installation that DEMUR_DIR names.
"""

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "demur.site.settings"

if __name__ == "__main__":
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "crowded_server:application",
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.RSGI,
        workers=1,
        websockets=False,
        workers_kill_timeout=5,
        log_enabled=False,
    ).serve()
else:
    from demur.web import load

    load.FILINGS = load.Recent(int(os.environ["FREE_FILINGS"]))  # type: ignore[misc]

    from demur.site.rsgi import application as application

    if os.environ.get("LIVE_LIMITS"):  # the planted hole: what is asked now, whoever asks
        from demur.public import api

        api.publishes_at_once = lambda _: True  # type: ignore[attr-defined]
