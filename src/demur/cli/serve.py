# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur serve`: run an installation."""

import os
import resource
import ssl
import time
from pathlib import Path

import click

from demur.cli import speak
from demur.cli.listening import check_free, number_of, split_listen, tell_when_open, usual_listen
from demur.client.address import is_loopback
from demur.site.configuration import NoInstallation, read_configuration
from demur.site.disputes import overrule
from demur.site.floor import check_floor
from demur.site.locks import hold_as_server
from demur.site.rights import ROOT, keep_private, open_to_others, runs_as_root, tighten

WORKER_RSS_LIMIT = 400  # MiB: a worker that grew past it is replaced between requests
BUFFER = 64 * 1024  # bytes read ahead from a connection; the usual 400 kB are megabytes when several upload
CONNECTIONS = (
    1024  # open at once; others wait until one ends. Each that takes a large file slowly holds a third of a megabyte
)
HEADERS_WITHIN = 15_000  # milliseconds, also between two requests of one connection
PROXY = (
    "the proxy in front must write down nobody's address and keep no request on its disk; a whole configuration that does "
    "neither stands in docs/how-to/put-a-proxy-in-front.md"
)
STOP_WITHIN = 20  # seconds; a client that never ends its request does not keep the server from stopping


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--listen",
    metavar="ADDRESS:PORT",
    help="Where to listen; else at the channel's own address if that is plain http on this machine, else at 127.0.0.1:8765.",
)
@click.option(
    "--tls-cert", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Certificate chain, PEM."
)
@click.option("--tls-key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Its key, PEM.")
@click.option("--behind-proxy", is_flag=True, help="A proxy in front of this server speaks TLS.")
@click.option(
    "--threads", type=click.IntRange(1, 16), default=4, show_default=True, help="Threads that answer requests."
)
@click.option(
    "--overrule",
    "overruled",
    multiple=True,
    metavar="ADDRESS",
    help="Go on although the witness at ADDRESS disputes the record, and have the record say so.",
)
def command(
    directory: Path,
    listen: str | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    *,
    behind_proxy: bool,
    threads: int,
    overruled: tuple[str, ...],
) -> None:
    """Run the installation in DIRECTORY until interrupted.

    Nothing is written down about who asks: no access log, no addresses, no cookie but the desk's. A record that a witness
    disputes is not served: this machine may have been set back.

    \b
    Examples:
      demur serve ./practice
      demur serve /srv/demur --listen 0.0.0.0:443 --tls-cert chain.pem --tls-key key.pem
    """
    read_configuration(directory)
    listen = listen or usual_listen(directory)
    name, port = split_listen(listen)
    host = number_of(name, port)
    _check_tls(host, tls_cert, tls_key, behind_proxy=behind_proxy)
    hold_as_server(directory)
    check_free(host, port)
    now = int(time.time())
    for witness in overruled:
        overrule(directory, witness, now=now)
    for sentence in check_floor(directory, now=now):
        speak.warn(sentence)
    _keep_private(directory)
    os.environ["DEMUR_DIR"] = str(directory.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "demur.site.settings"
    os.environ["DEMUR_THREADS"] = str(threads)
    if behind_proxy:
        speak.progress(PROXY)
    where = f"{'https' if tls_cert else 'http'}://{listen}"
    tell_when_open(host, port, f"serving {directory} on {where} (Ctrl-C ends it)")
    _serve(host, port, tls_cert=tls_cert, tls_key=tls_key)


def _keep_private(directory: Path) -> None:
    """Whatever an older version, a copy or a person left open is closed to others, and said."""
    keep_private()
    if runs_as_root():
        speak.warn(ROOT)
    was_open = len(open_to_others(directory))
    if not was_open:
        return
    left = tighten(directory)
    speak.warn(
        f"{was_open - len(left)} files and folders of {directory} could be read by others, and are closed now."
        if not left
        else f"{left[0]} can be read by others and is another's; give it to the account that runs this server (chown)."
    )


def _serve(host: str, port: int, *, tls_cert: Path | None, tls_key: Path | None) -> None:
    from granian import Granian  # noqa: PLC0415 -- a heavy import that only this command needs
    from granian.constants import HTTPModes, Interfaces  # noqa: PLC0415 -- as above
    from granian.http import HTTP1Settings  # noqa: PLC0415 -- as above

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS + 512  # a connection may read a file; rows, tiles and keys want theirs too
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )
    Granian(
        "demur.site.rsgi:application",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=1,
        backpressure=CONNECTIONS,
        http=HTTPModes.http1,  # asked to find out which, the server lets a connection that says nothing stay for ever
        websockets=False,
        log_access=False,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_max_rss=WORKER_RSS_LIMIT,
        workers_kill_timeout=STOP_WITHIN,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN, max_buffer_size=BUFFER),
        ssl_cert=tls_cert,
        ssl_key=tls_key,
    ).serve()


def _check_tls(host: str, tls_cert: Path | None, tls_key: Path | None, *, behind_proxy: bool) -> None:
    if (tls_cert is None) != (tls_key is None):
        raise click.UsageError("TLS needs both --tls-cert and --tls-key")
    if tls_cert is None and not behind_proxy and not is_loopback(host):
        raise click.UsageError("Listening beyond this machine needs --tls-cert and --tls-key, or --behind-proxy")
    if tls_cert is not None:
        _check_certificate(tls_cert, tls_key)


def _check_certificate(tls_cert: Path, tls_key: Path | None) -> None:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(tls_cert, tls_key)
    except (ssl.SSLError, ValueError):
        raise NoInstallation(
            f"{tls_cert} and {tls_key} are not a certificate chain and its key in PEM; name others."
        ) from None
