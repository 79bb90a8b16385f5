"""`articles evidence`: a zip that anybody can check, and a check that believes nothing."""

import hashlib
import json
import shutil
import struct
import subprocess
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import zstandard

from aggregator.configure import load_settings
from aggregator.errors import AggregatorError, StoreError, UsageError
from aggregator.service.evidence import articles_evidence
from aggregator.service.evidencecheck import verify_evidence
from aggregator.store.db import Database
from aggregator.store.tables import pages
from tests.newspaper import Newspaper, redirect
from tests.program import Program, outlet_toml, topic_toml

PARAGRAPHS = [f"Paragraph {n}: the bridge over the river was opened by the mayor, who spoke at length." for n in range(8)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """An archive with one article that was edited once, read over a redirect."""
    program = Program(folder=tmp_path_factory.mktemp("evidence"))
    with Newspaper() as paper:
        site = paper.outlet("herald.example")
        item = site.add_article("Bridge opened", PARAGRAPHS)
        site.add_page("/full/1", site.page("/news/1").body, headers=(("X-Cache", "HIT"), ("Set-Cookie", "secret=1")))
        site.script("/news/1", redirect("/full/1"), redirect("/full/1"))
        program.configure(
            paper, outlets=outlet_toml("Herald", site.feed_url), topics=topic_toml("Secret wish", "bridge"), per_host_delay="0s"
        )
        program.run("once")
        site.change_article(item, paragraphs=[*PARAGRAPHS, "A tug sank."])
        site.script("/news/1")
        program.run("once", "--now", (datetime.now(UTC) + timedelta(hours=2)).isoformat())
    return program


@pytest.fixture
def program(made: Program, tmp_path: Path) -> Program:
    """A copy of it, to be changed at will."""
    shutil.copytree(made.folder, tmp_path / "copy")
    return Program(folder=tmp_path / "copy")


@pytest.fixture
def zipped(program: Program, tmp_path: Path) -> Path:
    articles_evidence(load_settings(program.config, {}), 1, output=tmp_path / "a.zip")
    return tmp_path / "a.zip"


def manifest(path: Path) -> dict:
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("manifest.json"))


def rewritten(path: Path, change: dict[str, bytes | None], more: list[tuple[str, bytes]] = ()) -> Path:
    """The zip with other files in it; None takes one away."""
    target = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = change.get(info.filename, old.read(info))
            if data is not None:
                new.writestr(info, data)
        for name, data in more:
            new.writestr(name, data)
    return target


def test_it_holds_pages_texts_and_the_sums_that_sha256sum_checks(zipped: Path, tmp_path: Path) -> None:
    told = manifest(zipped)
    first, second = told["pages"]
    assert (first["status"], first["redirected"], second["redirected"]) == (200, True, False)
    assert first["final_url"].endswith("/full/1")
    assert [one["cause"] for one in told["versions"]] == ["publisher", "publisher"]
    assert told["article"]["headline"] == "Bridge opened"
    assert "Secret wish" not in zipfile.ZipFile(zipped).read("manifest.json").decode()
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(folder)
    page = (folder / first["file"]).read_bytes()
    assert hashlib.sha256(page).hexdigest() == first["sha256"]
    assert PARAGRAPHS[0].encode() in page
    headers = json.loads((folder / first["headers"]).read_text())
    assert ["x-cache", "HIT"] in headers
    assert not any(name == "set-cookie" for name, _ in headers)
    assert "A tug sank." not in (folder / "versions/1.txt").read_text()
    assert "A tug sank." in (folder / "versions/2.txt").read_text()
    done = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_two_exports_of_one_state_are_the_same_bytes(program: Program, zipped: Path, tmp_path: Path) -> None:
    time.sleep(2.1)  # longer than the finest time a zip can hold
    articles_evidence(load_settings(program.config, {}), 1, output=tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_bytes() == zipped.read_bytes()


def test_what_was_written_is_verified(zipped: Path) -> None:
    checked = verify_evidence(zipped)
    assert (checked.problems, checked.files, checked.article) == ((), 10, "Herald: Bridge opened")


def test_without_the_bytes_it_still_holds_hash_headers_and_text(program: Program, tmp_path: Path) -> None:
    settings = load_settings(program.config, {})
    database = Database(settings.database_url)
    with database.write() as connection:
        connection.execute(sa.update(pages).where(pages.c.id == 1).values(body_zstd=b""))
    database.close()
    done = articles_evidence(settings, 1, output=tmp_path / "a.zip")
    assert (done.pages, done.kept) == (2, 1)
    told = manifest(tmp_path / "a.zip")["pages"][0]
    assert (told["file"], len(told["sha256"])) == ("", 64)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert "pages/1/headers.json" in archive.namelist()
        assert "pages/1/page.html" not in archive.namelist()
        assert "The bytes of page 1 are kept no longer" in archive.read("README.txt").decode()
    assert verify_evidence(tmp_path / "a.zip").good


def test_a_stored_page_that_is_not_what_was_fetched_is_no_evidence(program: Program, tmp_path: Path) -> None:
    settings = load_settings(program.config, {})
    for wrong in (zstandard.compress(b"another page"), b"rubbish"):
        database = Database(settings.database_url)
        with database.write() as connection:
            connection.execute(sa.update(pages).where(pages.c.id == 1).values(body_zstd=wrong))
        database.close()
        with pytest.raises(StoreError, match="is not what was fetched"):
            articles_evidence(settings, 1, output=tmp_path / "a.zip")
        assert [path.name for path in tmp_path.glob("*a.zip*")] == []


def test_a_file_that_is_there_is_replaced_only_when_asked(program: Program, zipped: Path, tmp_path: Path) -> None:
    settings, before = load_settings(program.config, {}), zipped.read_bytes()
    zipped.write_bytes(b"mine")
    with pytest.raises(UsageError, match="exists already"):
        articles_evidence(settings, 1, output=zipped)
    assert zipped.read_bytes() == b"mine"
    articles_evidence(settings, 1, output=zipped, force=True)
    assert zipped.read_bytes() == before
    with pytest.raises(AggregatorError, match="cannot be written"):
        articles_evidence(settings, 1, output=tmp_path / "nowhere" / "a.zip")
    with pytest.raises(UsageError, match="there is no article 99"):
        articles_evidence(settings, 99, output=tmp_path / "c.zip")


CHANGED = [
    ("a byte of a page", {"pages/1/page.html": b"<p>Another page</p>"}, ["pages/1/page.html differs: its SHA-256 is"]),
    ("a version", {"versions/1.txt": b"Bridge closed\n"}, ["versions/1.txt differs"]),
    ("a file gone", {"pages/2/headers.json": None}, ["pages/2/headers.json is missing"]),
    ("the read-me", {"README.txt": b"Trust me."}, ["README.txt differs"]),
    ("the sums gone", {"SHA256SUMS": None}, ["SHA256SUMS is missing"]),
    ("the manifest gone", {"manifest.json": None}, ["manifest.json is missing"]),
    ("sums of nonsense", {"SHA256SUMS": b"nonsense\n\xff"}, ["line 1 is no sum", "is not listed in SHA256SUMS"]),
    ("a manifest of nonsense", {"manifest.json": b"[" * 100_000}, ["manifest.json differs", "manifest.json cannot be understood"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), [case[1:] for case in CHANGED], ids=[case[0] for case in CHANGED])
def test_what_differs_is_said(zipped: Path, change: dict[str, bytes | None], said: list[str]) -> None:
    problems = verify_evidence(rewritten(zipped, change)).problems
    for words in said:
        assert any(words in problem for problem in problems), problems
    assert len(problems) <= 12


def test_sums_that_were_made_anew_do_not_hide_another_page(zipped: Path) -> None:
    page = b"<p>Another page</p>"
    with zipfile.ZipFile(zipped) as archive:
        sums, told = archive.read("SHA256SUMS").decode(), manifest(zipped)
    sums = sums.replace(told["pages"][0]["sha256"], hashlib.sha256(page).hexdigest())
    changed = rewritten(zipped, {"pages/1/page.html": page, "SHA256SUMS": sums.encode()})
    assert [problem.partition(":")[0] for problem in verify_evidence(changed).problems] == ["pages/1/page.html differs"]


STRANGE = [
    ("../../etc/passwd", "../../etc/passwd does not belong there"),
    ("/etc/passwd", "/etc/passwd does not belong there"),
    ("pages/1/../../x", "does not belong there"),
    ("pages/1/page.html", "pages/1/page.html is there 2 times"),
    ("run\x1b[2Jme.sh", "does not belong there"),
    ("versions/77.txt", "versions/77.txt is not listed in SHA256SUMS"),
]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(("name", "said"), STRANGE, ids=[case[0].encode("unicode_escape").decode() for case in STRANGE])
def test_files_that_do_not_belong_there_are_named(zipped: Path, name: str, said: str) -> None:
    problems = verify_evidence(rewritten(zipped, {}, [(name, b"x")])).problems
    assert any(said in problem for problem in problems), problems
    assert not any("\x1b" in problem for problem in problems)


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"{}")
        for number in range(30):
            archive.writestr(f"versions/{number}.txt", bytes(60 << 20), compresslevel=1)
    return path


def crowd(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(90_000):
            archive.writestr(f"versions/{number}.txt", b"")
    return path


def liar(path: Path) -> Path:
    """Says that it unpacks to ten bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", bytes(20 << 20))
    data = path.read_bytes().replace(struct.pack("<I", 20 << 20), struct.pack("<I", 10))
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path, "No such file"),
        (lambda path: (path.write_bytes(b"") and path) or path, "is no zip file"),
        (lambda path: path.write_bytes(b"<html>" * 50_000) and path, "is no zip file"),
        (lambda path: path.write_bytes(b"PK\x05\x06" + b"\xff" * 18) and path, "lists more files than evidence has"),
        (lambda path: path.write_bytes(b"PK\x05\x06" + b"\x01" * 3) and path, "is no zip file"),
        (lambda path: path.mkdir() or path, "Is a directory"),
        (bomb, "would unpack to more than evidence has"),
        (crowd, "lists more files than evidence has"),
    ],
    ids=["missing", "empty", "html", "huge list", "cut", "folder", "bomb", "crowd"],
)
def test_no_evidence_at_all_is_one_clear_line(tmp_path: Path, make, said: str) -> None:
    path = make(tmp_path / "x.zip")
    started = time.monotonic()
    with pytest.raises(AggregatorError) as caught:
        verify_evidence(path)
    assert said in caught.value.message
    assert "\n" not in caught.value.message
    assert (caught.value.exit_code, bool(caught.value.hint)) == (1, True)
    assert time.monotonic() - started < 5


def test_a_zip_of_something_else_and_one_that_lies(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("holiday.jpg", b"x")
    with pytest.raises(AggregatorError, match="holds no evidence"):
        verify_evidence(tmp_path / "x.zip")
    assert verify_evidence(liar(tmp_path / "y.zip")).problems


def test_a_torn_zip_is_refused_or_told_wherever_it_is_cut(zipped: Path, tmp_path: Path) -> None:
    whole = zipped.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 60)):
        (tmp_path / "cut.zip").write_bytes(whole[:place])
        with pytest.raises(AggregatorError):
            verify_evidence(tmp_path / "cut.zip")


def test_no_flipped_byte_of_a_page_passes(zipped: Path, tmp_path: Path) -> None:
    """In the packed data itself, where the zip's own check sum is the first to see it."""
    whole = bytearray(zipped.read_bytes())
    with zipfile.ZipFile(zipped) as archive:
        info = archive.getinfo("pages/1/page.html")
    for place in range(info.header_offset + 60, info.header_offset + info.compress_size, 37):
        torn = whole.copy()
        torn[place] ^= 0x40
        (tmp_path / "torn.zip").write_bytes(torn)
        assert verify_evidence(tmp_path / "torn.zip").problems


def test_the_commands(program: Program, tmp_path: Path) -> None:
    target = tmp_path / "out.zip"
    written = program.run("articles", "evidence", "1", "--output", str(target))
    assert written.out == f"written: {target}, 2 versions, 2 pages\n"
    again = program.run("articles", "evidence", "1", "--output", str(target), code=2)
    assert again.err.startswith(f"error: {target} exists already")
    good = program.run("articles", "evidence", "--verify", str(target))
    assert good.out == f"{target}: all 10 files are as they were written (Herald: Bridge opened)\n"
    bad = program.run("articles", "evidence", "--verify", str(rewritten(target, {"article.txt": b"x"})), code=1)
    assert "article.txt differs" in bad.out
    assert program.run("articles", "evidence", "--verify", str(target), "--json").json()["problems"] == []
    assert program.run("articles", "evidence", code=2).err.startswith("error: which article?")
    assert "only checks" in program.run("articles", "evidence", "1", "--verify", str(target), code=2).err
