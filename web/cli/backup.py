"""`deflect backup` and `deflect restore`. Invariant: a home is replaced only when told, and then kept beside."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from web.backups.making import back_up, default_name
from web.backups.manifest import Manifest
from web.backups.restoring import restore, try_out
from web.cli.progress import Bar
from web.desk import Desk
from web.settings import Settings

TOLD = {"article": "articles", "ticket": "tickets", "link": "links", "account": "people", "prediction": "predictions"}


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def backup_command(file: Path | None, *, as_json: bool) -> None:
    """Write records, index and models to one archive, while the desk is served.

    Without FILE it goes into the folder backups of the home. Copy it to another machine, then prove it good there with:
    deflect restore FILE --test
    """
    desk, now = Desk(Settings()), datetime.now(UTC)
    target = file or default_name(desk.settings.home, now)
    with Bar("B") as bar:
        manifest = back_up(desk, target, now, bar)
    _say(manifest, target, as_json=as_json, text=f"{target}: {held(manifest)}, {target.stat().st_size / 1e6:,.1f} MB")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Put a home that is not empty aside and take its place.")
@click.option("--test", "test", is_flag=True, help="Prove the archive good; the home stays as it is.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def restore_command(file: Path, *, replace: bool, test: bool, as_json: bool) -> None:
    """Bring a home back from an archive: whole, or not at all."""
    settings, now = Settings(), datetime.now(UTC)
    if test:
        with Bar("B") as bar:
            manifest = try_out(file, settings.home, now, bar)
        _say(manifest, file, as_json=as_json, text=f"{file} is good: {held(manifest)}. The restore test is recorded.")
        return
    if settings.database_url:
        raise click.ClickException("DEFLECT_DATABASE_URL is set, and an archive restores SQLite. Unset it first.")
    with Bar("B") as bar:
        manifest, before = restore(file, settings.home, now, bar, replace=replace)
    text = f"{settings.home} is back as of {manifest.made_at}: {held(manifest)}."
    _say(manifest, settings.home, as_json=as_json, text=text + (f" What was there is in {before}." if before else ""))


def held(manifest: Manifest) -> str:
    """What an archive holds, in words."""
    counts = [f"{manifest.counts.get(table, 0):,} {name}" for table, name in TOLD.items() if manifest.counts.get(table)]
    index = f"index {manifest.generation}" if manifest.generation else "no index"
    model = f"model {manifest.model}" if manifest.model else "no model"
    return ", ".join([*(counts or ["no records"]), index, model])


def _say(manifest: Manifest, path: Path, *, as_json: bool, text: str) -> None:
    if as_json:
        content = {
            "path": str(path), "made_at": manifest.made_at, "schema": manifest.schema, "counts": dict(manifest.counts),
            "generation": manifest.generation, "model": manifest.model, "bytes": manifest.bytes,
        }  # fmt: skip
        text = json.dumps(content, ensure_ascii=False)
    click.echo(text)
