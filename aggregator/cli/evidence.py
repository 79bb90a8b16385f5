"""`articles evidence`: one article with its pages as a zip, and the check of such a zip."""

from pathlib import Path

import click

from aggregator.cli.asked import Verb, json_option, settings
from aggregator.cli.numbers import ROW
from aggregator.cli.output import print_json, say
from aggregator.errors import UsageError
from aggregator.service.evidence import articles_evidence
from aggregator.service.evidencecheck import verify_evidence


@click.command(
    cls=Verb,
    short_help="One article with its pages, as a zip that can be checked.",
    example="aggregator articles evidence 17 --output article-17.zip\naggregator articles evidence --verify article-17.zip",
)
@click.argument("article", type=ROW, required=False)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.zip",
    help="Where to write it.  [default: article-ID-evidence.zip]",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--verify", type=click.Path(path_type=Path), metavar="FILE.zip", help="Check a zip instead; needs no database.")
@json_option
def evidence(article: int | None, output: Path | None, force: bool, verify: Path | None, as_json: bool) -> int:
    """Write what shows that an outlet printed an article: each page as it came, with headers, times, addresses and hashes, and our
    text with its versions. The same state gives the same bytes.

    --verify reads such a zip without unpacking it and says what differs; the exit code is then 1.
    """
    if verify is not None:
        return _verify(verify, alone=article is None and output is None and not force, as_json=as_json)
    if article is None:
        raise UsageError("which article?", hint="give its number, or --verify with a zip; numbers: aggregator articles list")
    done = articles_evidence(settings(), article, output=output, force=force)
    if as_json:
        print_json(done)
        return 0
    say(f"written: {done.file}, {done.versions} {_s('version', done.versions)}, {done.pages} {_s('page', done.pages)}")
    if done.kept < done.pages:
        say(f"the bytes of {done.pages - done.kept} of them are kept no longer (retention.raw_pages); hash and headers are in it")
    return 0


def _verify(file: Path, *, alone: bool, as_json: bool) -> int:
    if not alone:
        raise UsageError("--verify only checks the zip it names", hint="leave the number, --output and --force away")
    checked = verify_evidence(file)
    if as_json:
        print_json(checked)
    elif checked.good:
        say(f"{file}: all {checked.files} files are as they were written ({checked.article})")
    for problem in () if as_json else checked.problems:
        say(f"{file}: {problem}")
    return 0 if checked.good else 1


def _s(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
