"""`deflect serve` and `deflect worker`. Invariant: a polite signal ends them with what was begun done, and status 0."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING, Final

import click

from kb.services.working import retry_quarantined
from web.cli.index import Stop
from web.desk import Desk
from web.presence import present_in
from web.settings import Settings
from web.worker import POLL, Worker

if TYPE_CHECKING:
    import uvicorn

GRACE: Final = 10.0
"""Seconds for requests and errands that were begun."""
TAKEN: Final = "Port {port} of {host} is in use. Stop what uses it, or choose another: deflect serve --port {next}"


@click.command("serve")
@click.option("--host", default=None, help="Address to listen on (or DEFLECT_HOST).")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port (or DEFLECT_PORT); 0 takes a free one.")
@click.option("--worker/--no-worker", default=None, help="Run the background worker inside (or DEFLECT_WORKER).")
def serve_command(host: str | None, port: int | None, worker: bool | None) -> None:
    """Run the web service."""
    told = {"host": host, "port": port, "worker": worker}
    serve(Desk(Settings().model_copy(update={name: value for name, value in told.items() if value is not None})))


@click.command("worker")
@click.option("--retry", is_flag=True, help="First give errands that were given up another round.")
def worker_command(*, retry: bool) -> None:
    """Run the background worker alone, for a desk served with DEFLECT_WORKER=false."""
    desk = Desk(Settings())
    if retry:
        with desk.writing() as session:
            click.echo(f"{retry_quarantined(session, datetime.now(UTC))} errands get another round.", err=True)
            session.commit()
    _log()
    desk.records  # noqa: B018 - a home that cannot be used stops the start, with the reason
    with present_in(desk.settings.home), Stop() as asked:
        worker = Worker(desk)
        worker.start()
        click.echo("The worker is at work. Ctrl-C stops it.", err=True)
        while not asked():
            # Not the wait of a lock: one that begins as the signal comes is never told of it.
            time.sleep(POLL)
        worker.ask_to_stop()
        _end(worker)


def serve(desk: Desk, said: str = "") -> None:
    """Serve until a signal; `said` is printed once the address answers.

    Raises:
        ClickException: the address cannot be listened on.
        RecordsError: the home cannot be used.
    """
    import uvicorn

    from web.app import create_app

    desk.records  # noqa: B018 - as above: no server starts on a home it cannot use
    _log()
    worker = Worker(desk) if desk.settings.worker else None
    with present_in(desk.settings.home), closing(_listen(desk.settings)) as listening:
        config = uvicorn.Config(
            create_app(desk), loop="uvloop", http="httptools", lifespan="on", access_log=False, log_config=None,
            timeout_graceful_shutdown=int(GRACE), timeout_keep_alive=30, server_header=False,
        )  # fmt: skip
        server = _server(config, worker, f"{said}{_address(listening)}")
        for number in (signal.SIGINT, signal.SIGTERM):
            # The server takes these over, and raises them again when it has finished: by then they were obeyed.
            signal.signal(number, server.handle_exit)
        server.run(sockets=[listening])
    if not server.started:
        raise click.ClickException("The service did not start; the lines above say why.")
    if worker:
        worker.ask_to_stop()
        _end(worker)


def _server(config: uvicorn.Config, worker: Worker | None, said: str) -> uvicorn.Server:
    import uvicorn

    class Server(uvicorn.Server):
        """Says where it is when it answers, and lets the worker know at once when it must go."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                if worker:
                    worker.start()
                click.echo(said)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if worker:
                worker.ask_to_stop()
            super().handle_exit(sig, frame)

    return Server(config)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(2048)
    except PermissionError as error:
        listening.close()
        raise click.ClickException(f"Port {settings.port} is for the administrator. Choose one above 1023.") from error
    except OSError as error:
        listening.close()
        if error.errno == 98:
            raise click.ClickException(
                TAKEN.format(port=settings.port, host=settings.host, next=settings.port + 1)
            ) from error
        raise click.ClickException(f"{settings.host} cannot be listened on ({error.strerror}).") from error
    return listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    shown = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104 - only shown
    return f"Deflect is at http://{shown}:{port}  (Ctrl-C stops it)"


def _log() -> None:
    """Plain lines on standard error; never an address with somebody's words in it."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("deflect").setLevel(logging.INFO)


def _end(worker: Worker) -> None:
    """Leave at once where a step of the worker takes too long: its errand is leased, and comes back."""
    if not worker.stopped_within(GRACE):
        logging.getLogger("deflect.worker").warning("The worker did not stop in time; its errands come back.")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
