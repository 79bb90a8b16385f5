"""`articles evidence`: everything that shows what an outlet printed and when we read it, in one zip that others can check.

The same state of the database gives the same bytes: no time of writing stands in it, and the zip's own dates are fixed.
"""

import hashlib
import hmac
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec
from zstandard import ZstdError

from aggregator import __version__
from aggregator.errors import AggregatorError, StoreError, UsageError
from aggregator.ids import ArticleId
from aggregator.service.verbs import looking
from aggregator.settings import Settings
from aggregator.store import archive, pages
from aggregator.store.archive import ArticleDetail, VersionRow
from aggregator.store.db import Connection
from aggregator.store.facts import secret
from aggregator.store.pages import PageRow

FORMAT = "aggregator-evidence-1"
MANIFEST, SUMS, README, TEXT = "manifest.json", "SHA256SUMS", "README.txt", "article.txt"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16


class PageEvidence(msgspec.Struct, kw_only=True, frozen=True):
    """One fetch. `sha256` was computed when it came, of the bytes as decoded; `file` is "" when they are kept no longer."""

    url: str
    final_url: str
    redirected: bool
    status: int
    fetched_at: datetime
    sha256: str
    headers: str
    file: str


class VersionEvidence(msgspec.Struct, kw_only=True, frozen=True):
    """One state of the text as we extracted it, headline and body."""

    version: int
    cause: str
    seen_at: datetime
    status: str
    headline: str
    file: str
    sha256: str


class ArticleEvidence(msgspec.Struct, kw_only=True, frozen=True):
    """The article as it is held now. Which topics ask for it is nobody else's matter."""

    id: int
    outlet: str
    url: str
    canonical_url: str
    headline: str
    authors: tuple[str, ...]
    published_at: datetime | None
    modified_at: datetime | None
    first_seen_at: datetime
    withdrawn_at: datetime | None
    withdrawn_why: str
    language: str
    section: str
    status: str
    body_source: str
    quality: float
    version: int
    file: str
    sha256: str


class Manifest(msgspec.Struct, kw_only=True, frozen=True):
    """`installation`: a name of the database that wrote it, the same in all its exports; it tells nothing else."""

    format: str
    program: str
    installation: str
    article: ArticleEvidence
    versions: tuple[VersionEvidence, ...]
    pages: tuple[PageEvidence, ...]


class Written(msgspec.Struct, kw_only=True, frozen=True):
    """What an export holds. `kept`: pages with their bytes."""

    file: str
    article: int
    versions: int
    pages: int
    kept: int


def articles_evidence(settings: Settings, article_id: int, *, output: Path | None = None, force: bool = False) -> Written:
    """Write the zip of one article. Raises UsageError for an unknown article or a file that is there already (without `force`),
    StoreError when a stored page is not what was fetched, AggregatorError when the file cannot be written.
    """
    target = output or Path(f"article-{article_id}-evidence.zip")
    if target.exists() and not force:
        raise _there(target)
    with looking(settings) as connection:
        detail = archive.load_article(connection, article_id)
        if detail is None:
            raise UsageError(f"there is no article {article_id}", hint="see the numbers with: aggregator articles list")
        with _written(target, force=force) as file, zipfile.ZipFile(file, "w") as made:
            return _write(connection, detail, _Zip(made), target)


def _there(target: Path) -> UsageError:
    return UsageError(f"{target} exists already", hint="give another name with --output, or --force to replace it")


@contextmanager
def _written(target: Path, *, force: bool) -> Iterator[BinaryIO]:
    """The file appears whole or not at all, and never in the place of another one unasked."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        try:
            with part.open("xb") as file:
                yield file
            if force:
                part.replace(target)
            else:
                os.link(part, target)
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError as error:
        raise _there(target) from error
    except OSError as error:
        raise AggregatorError(
            f"{target}: cannot be written ({error.strerror})", hint="give another path with --output"
        ) from error


class _Zip:
    """A zip with fixed dates that remembers the hash of each file."""

    def __init__(self, made: zipfile.ZipFile) -> None:
        self._zip = made
        self._sums: list[tuple[str, str]] = []

    def add(self, name: str, data: bytes) -> str:
        info = zipfile.ZipInfo(name, _LONG_AGO)
        info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, _READABLE, 3
        self._zip.writestr(info, data)
        digest = hashlib.sha256(data).hexdigest()
        self._sums.append((digest, name))
        return digest

    def finish(self) -> None:
        self.add(SUMS, "".join(f"{digest}  {name}\n" for digest, name in self._sums).encode())


def _write(connection: Connection, detail: ArticleDetail, out: _Zip, target: Path) -> Written:
    versions = tuple(_version(out, version) for version in detail.versions)
    rows = pages.of_article(connection, ArticleId(detail.row.id))
    fetched = tuple(_page(connection, out, number, row) for number, row in enumerate(rows, 1))
    article = _article(out, detail)
    manifest = Manifest(
        format=FORMAT,
        program=f"aggregator {__version__}",
        installation=hmac.new(secret(connection), b"evidence", hashlib.sha256).hexdigest()[:32],
        article=article,
        versions=versions,
        pages=fetched,
    )
    out.add(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    out.add(README, _readme(detail, fetched).encode())
    out.finish()
    kept = sum(bool(page.file) for page in fetched)
    return Written(file=str(target), article=detail.row.id, versions=len(versions), pages=len(fetched), kept=kept)


def _version(out: _Zip, version: VersionRow) -> VersionEvidence:
    name = f"versions/{version.version}.txt"
    return VersionEvidence(
        version=version.version,
        cause=version.cause,
        seen_at=version.seen_at,
        status=version.status,
        headline=version.headline,
        file=name,
        sha256=out.add(name, f"{version.headline}\n\n{version.body}\n".encode()),
    )


def _page(connection: Connection, out: _Zip, number: int, row: PageRow) -> PageEvidence:
    headers, file = f"pages/{number}/headers.json", f"pages/{number}/page.html" if row.kept else ""
    out.add(headers, json.dumps([list(header) for header in row.headers], indent=1).encode() + b"\n")
    if file and out.add(file, _body(connection, row)) != row.sha256:
        raise _damaged(row)
    return PageEvidence(
        url=row.url,
        final_url=row.final_url,
        redirected=row.final_url != row.url,
        status=row.status,
        fetched_at=row.fetched_at,
        sha256=row.sha256,
        headers=headers,
        file=file,
    )


def _body(connection: Connection, row: PageRow) -> bytes:
    try:
        return pages.body(connection, row.id)
    except ZstdError as error:
        raise _damaged(row) from error


def _damaged(row: PageRow) -> StoreError:
    return StoreError(
        f"the stored page {row.id} ({row.final_url}) is not what was fetched: its SHA-256 differs",
        hint="the database is damaged or was changed; look into a backup",
    )


def _article(out: _Zip, detail: ArticleDetail) -> ArticleEvidence:
    row = detail.row
    text = "\n\n".join(part for part in (row.headline, ", ".join(row.authors), row.body or detail.summary) if part)
    return ArticleEvidence(
        id=row.id,
        outlet=row.outlet,
        url=row.url,
        canonical_url=row.canonical_url,
        headline=row.headline,
        authors=row.authors,
        published_at=row.published_at,
        modified_at=row.modified_at,
        first_seen_at=row.first_seen_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_why=detail.withdrawn_why,
        language=row.language,
        section=row.section,
        status=detail.status,
        body_source=row.body_source,
        quality=row.quality,
        version=row.version,
        file=TEXT,
        sha256=out.add(TEXT, f"{text}\n".encode()),
    )


def _readme(detail: ArticleDetail, fetched: tuple[PageEvidence, ...]) -> str:
    gone = [str(number) for number, page in enumerate(fetched, 1) if not page.file]
    kept = [f"pages/{number}/page.html" for number, page in enumerate(fetched, 1) if page.file]
    lines = [
        f"Evidence of article {detail.row.id}: what {detail.row.outlet} printed, and when this program read it.",
        "",
        "manifest.json        addresses, times (UTC), answers and hashes of everything below",
        "article.txt          the article as it is held now",
        "versions/N.txt       each state of its text as extracted, the oldest first; causes and times are in manifest.json",
        "pages/N/headers.json what the server sent along with page N",
        "pages/N/page.html    page N byte for byte, transfer compression undone",
        "",
        f"Pages: {', '.join(kept)}." if kept else "No page is in this file.",
    ]
    if gone:
        lines.append(
            f"The bytes of page {', '.join(gone)} are kept no longer (retention.raw_pages); hash, headers and the extracted text are."
        )
    if not fetched:
        lines.append("No page was fetched for this article: its text came from a feed or an import.")
    lines += [
        "",
        "To check: unpack it and run in its folder",
        "    sha256sum -c SHA256SUMS",
        "or, without unpacking:",
        "    aggregator articles evidence --verify FILE.zip",
        "The hash of a page in manifest.json was taken when the page came. That nobody wrote this file anew can be shown",
        "by keeping its own SHA-256 elsewhere, for instance with a notary or a time-stamping service.",
        "",
    ]
    return "\n".join(lines)
