"""`articles evidence --verify`: is a zip of evidence what was written? It comes from anywhere, so nothing in it is believed.

Nothing is unpacked to the disk; each file is read in pieces and only hashed, but for the two lists, which are small.
"""

import hashlib
import re
import struct
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import msgspec

from aggregator.errors import AggregatorError
from aggregator.limits import MIB
from aggregator.service.evidence import FORMAT, MANIFEST, README, SUMS, TEXT, Manifest
from aggregator.text import printable

_LARGEST_ZIP = 512 * MIB
_LARGEST_FILE = 64 * MIB
_LARGEST_LIST = 8 * MIB
_LARGEST_ALL = 1024 * MIB
_LARGEST_DIRECTORY = 4 * MIB
_PIECE = 1 << 20
_OURS = re.compile(
    rf"{re.escape(MANIFEST)}|{SUMS}|{re.escape(README)}|{re.escape(TEXT)}|versions/\d{{1,6}}\.txt|pages/\d{{1,6}}/(?:page\.html|headers\.json)"
)
_SUM = re.compile(r"([0-9a-f]{64})  ([^\n]{1,200})")
_MOST_PROBLEMS = 50
# What reading a hostile zip has been seen to raise.
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, struct.error, OSError)


class Checked(msgspec.Struct, kw_only=True, frozen=True):
    """The outcome. `problems` is empty when every file is what was written; else what differs, a line each."""

    file: str
    files: int
    article: str
    problems: tuple[str, ...]

    @property
    def good(self) -> bool:
        return not self.problems


def verify_evidence(path: Path) -> Checked:
    """Check a zip against its own lists. Raises AggregatorError for a file that cannot be read or is no zip of ours at all."""
    try:
        _refuse_crowds(path)
        with zipfile.ZipFile(path) as archive:
            return _check(path, archive)
    except OSError as error:
        raise AggregatorError(
            f"{path}: {error.strerror or error}", hint="give the path of a zip made by `articles evidence`"
        ) from error
    except _BROKEN as error:
        raise _refused(path, f"is no zip file, or a broken one ({printable(str(error))[:200]})") from error


def _refused(path: Path, why: str) -> AggregatorError:
    return AggregatorError(f"{path}: {why}", hint="give a zip made by `articles evidence`")


def _refuse_crowds(path: Path) -> None:
    """A list of millions of files fills the memory before the first is looked at: its length stands at the end."""
    size = path.stat().st_size
    if size > _LARGEST_ZIP:
        raise _refused(path, f"is larger than {_LARGEST_ZIP // MIB} MiB")
    with path.open("rb") as file:
        file.seek(max(0, size - 66_000))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise _refused(path, "is no zip file")
    (length,) = struct.unpack_from("<I", tail, at + 12)
    if length > _LARGEST_DIRECTORY or b"PK\x06\x07" in tail:
        raise _refused(path, "lists more files than evidence has")


def _check(path: Path, archive: zipfile.ZipFile) -> Checked:
    infos = archive.infolist()
    problems = _misplaced(infos)
    if sum(info.file_size for info in infos) > _LARGEST_ALL or any(info.file_size > _LARGEST_FILE for info in infos):
        raise _refused(path, "would unpack to more than evidence has; it was not unpacked")
    found = {info.filename: info for info in infos if _OURS.fullmatch(info.filename) and not info.flag_bits & 1}
    if MANIFEST not in found and SUMS not in found:
        raise _refused(path, "is a zip, but holds no evidence: manifest.json and SHA256SUMS are missing")
    digests = {name: _digest(archive, info, problems) for name, info in found.items()}
    listed = _listed(archive, found, problems)
    problems += _against_sums(digests, listed)
    manifest = _manifest(archive, found, problems)
    if manifest is not None:
        problems += _against_manifest(digests, manifest)
    title = f"{manifest.article.outlet}: {manifest.article.headline}" if manifest else ""
    return Checked(file=str(path), files=len(infos), article=printable(title), problems=tuple(problems[:_MOST_PROBLEMS]))


def _misplaced(infos: list[zipfile.ZipInfo]) -> list[str]:
    counts = Counter(info.filename for info in infos)
    problems = [f"{_shown(name)} is there {count} times" for name, count in counts.items() if count > 1]
    problems += [f"{_shown(name)} does not belong there" for name in counts if not _OURS.fullmatch(name)]
    return problems + [f"{_shown(info.filename)} is encrypted" for info in infos if info.flag_bits & 1]


def _shown(name: str) -> str:
    return printable(name)[:100] or "a file without a name"


def _digest(archive: zipfile.ZipFile, info: zipfile.ZipInfo, problems: list[str]) -> str:
    """Of what is really in it; "" when it cannot be read."""
    total, size = hashlib.sha256(), 0
    try:
        with archive.open(info) as file:
            while piece := file.read(_PIECE):
                total.update(piece)
                size += len(piece)
                if size > _LARGEST_FILE:
                    problems.append(f"{info.filename} is larger than it says")
                    return ""
    except _BROKEN as error:
        problems.append(f"{info.filename} cannot be read: {printable(str(error))[:100]}")
        return ""
    return total.hexdigest()


def _text(archive: zipfile.ZipFile, found: dict[str, zipfile.ZipInfo], name: str, problems: list[str]) -> bytes | None:
    info = found.get(name)
    if info is None:
        problems.append(f"{name} is missing")
        return None
    if info.file_size > _LARGEST_LIST:
        problems.append(f"{name} is too long to be read")
        return None
    try:
        with archive.open(info) as file:
            return file.read(_LARGEST_LIST)
    except _BROKEN:
        return None  # told with its hash


def _listed(archive: zipfile.ZipFile, found: dict[str, zipfile.ZipInfo], problems: list[str]) -> dict[str, str] | None:
    data = _text(archive, found, SUMS, problems)
    if data is None:
        return None
    listed: dict[str, str] = {}
    for number, line in enumerate(data.decode("ascii", "replace").split("\n"), 1):
        match = _SUM.fullmatch(line)
        if match and match[2] not in listed:
            listed[match[2]] = match[1]
        elif line:
            problems.append(f"{SUMS}: line {number} is no sum, or names a file again")
    return listed


def _against_sums(digests: dict[str, str], listed: dict[str, str] | None) -> list[str]:
    if listed is None:
        return []
    names = {name for name in digests if name != SUMS}
    problems = [f"{_shown(name)} is missing" for name in listed if name not in names]
    problems += [f"{name} is not listed in {SUMS}" for name in sorted(names - listed.keys())]
    return problems + [
        f"{name} differs: its SHA-256 is {digests[name]}, {SUMS} says {listed[name]}"
        for name in sorted(names & listed.keys())
        if digests[name] and digests[name] != listed[name]
    ]


def _manifest(archive: zipfile.ZipFile, found: dict[str, zipfile.ZipInfo], problems: list[str]) -> Manifest | None:
    data = _text(archive, found, MANIFEST, problems)
    if data is None:
        return None
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        problems.append(f"{MANIFEST} cannot be understood: {printable(str(error))[:200]}")
        return None
    if manifest.format != FORMAT:
        problems.append(f"{MANIFEST} has the form {printable(manifest.format)[:50]!r}; this program knows {FORMAT!r}")
        return None
    return manifest


def _against_manifest(digests: dict[str, str], manifest: Manifest) -> list[str]:
    """The hashes in the manifest were taken when a page came; those of SHA256SUMS when the zip was written."""
    stated = [(manifest.article.file, manifest.article.sha256), *((one.file, one.sha256) for one in manifest.versions)]
    stated += [(page.file, page.sha256) for page in manifest.pages if page.file]
    problems = [f"{_shown(page.headers)} is missing" for page in manifest.pages if page.headers not in digests]
    for name, digest in stated:
        if name not in digests:
            problems.append(f"{_shown(name)} is missing, {MANIFEST} names it")
        elif digests[name] and digests[name] != digest:
            problems.append(f"{name} differs: its SHA-256 is {digests[name]}, {MANIFEST} says {_shown(digest)}")
    expected = {name for name, _ in stated} | {page.headers for page in manifest.pages} | {MANIFEST, SUMS, README}
    return problems + [f"{name} is not named in {MANIFEST}" for name in sorted(digests.keys() - expected)]
