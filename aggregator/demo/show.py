"""The narrator: lines on the terminal, coloured there, plain elsewhere. Every text from outside is made one harmless line."""

import asyncio
import errno
import os
import textwrap
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from aggregator.demo.mailbox import Mail
from aggregator.demo.report import Hit, OutletSeen, Report, Seen
from aggregator.store.values import TopicRow
from aggregator.text import one_line, printable
from aggregator.topics.values import Sentence

WIDTH = 100
_NAME = 20
_INDENT = " " * 6
_TOPIC = 25
_HEADLINE = WIDTH - _NAME - 5
_LETTER_LINES = 14
# How much of a sentence is shown before its first mark.
_RUN_UP = 18

Part = str | tuple[str, str] | Text


class Show:
    """On a terminal with a moment after each thing that happens. `quiet`: nothing is written at all."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = make_console(quiet=quiet)
        self._paced = self._console.is_terminal and not quiet

    async def beat(self, seconds: float) -> None:
        """Time to read."""
        await asyncio.sleep(seconds if self._paced else 0)

    def line(self, *parts: Part) -> None:
        """One line of texts, or (text, style)."""
        self._console.print(Text.assemble(*parts), soft_wrap=True)

    def act(self, number: int, title: str) -> None:
        self.line()
        self.line((f"{number}  {title}", "bold cyan"))

    def opening(self, *, folder: str) -> None:
        self.line(("aggregator demo", "bold"), " - a small press, a mailbox, and the real service between them")
        self.line()
        self.line("  Nine invented outlets print on this machine: a morning and an afternoon edition. The service polls")
        self.line("  them, reads every page, matches six topics and mails what they ask for. That takes half a minute.")
        self.line("  Nothing leaves this machine, and nothing stays on it: ", (folder, "dim"))

    def topic(self, topic: TopicRow) -> None:
        self.line(f"  {printable(topic.name):<{_TOPIC}}", (printable(topic.query), "yellow"))
        told = f"{', '.join(topic.recipients)}, {topic.deliver} {topic.timezone}".strip()
        self.line(f"  {'':<{_TOPIC}}", (printable(told), "dim"))

    def outlet(self, outlet: OutletSeen) -> None:
        name = f"{printable(outlet.name):<{_NAME}} "
        if not outlet.reason:
            self.line(("  ✓ ", "green"), name, f"{outlet.entries} {'entry' if outlet.entries == 1 else 'entries'}")
            return
        detail = "" if outlet.detail.startswith("status") else f", {printable(outlet.detail)}"
        self.line(("  ! ", "bold red"), name, (f"{outlet.reason}{detail}", "red"))

    def article(self, article: Seen, root: Seen | None) -> None:
        """One article, and what the topics make of it; `root` is the first print of its text when it is a copy."""
        sign = ("= ", "magenta") if root else ("+ ", "bold green") if article.hits else ("· ", "dim")
        headline = one_line(article.headline, _HEADLINE)
        self.line("  ", sign, f"{printable(article.outlet):<{_NAME}} ", (headline, "" if article.hits else "dim"))
        if root:
            self.line(_INDENT, (f"the text of {printable(root.outlet)}: the same story, no second mail", "magenta"))
            return
        for hit in article.hits:
            self.line(_INDENT, _hit(hit))

    def mail(self, mail: Mail, *, whole: bool) -> None:
        """A mail as it arrived; `whole`: with its foot."""
        self.line(("  ┌ ", "dim"), "To: ", (printable(mail.to), "cyan"))
        self._letter(mail.subject, mail.text if whole else mail.text.partition("\n-- \n")[0])

    def preview(self, title: str, subject: str, text: str) -> None:
        """A mail that waits, as it would arrive now."""
        self.line(("  ┌ ", "dim"), (title, "cyan"))
        self._letter(subject, text)

    def _letter(self, subject: str, text: str) -> None:
        lines = [*_folded(f"Subject: {printable(subject)}"), *_wrapped(text)]
        for number, line in enumerate(lines[:_LETTER_LINES]):
            self.line(("  │ ", "dim"), (line, "bold") if number == 0 else _marked(line))
        more = len(lines) - _LETTER_LINES
        self.line((f"  └ {more} more lines" if more > 0 else "  └", "dim"))

    def happened(self, what: str, came: str, *, good: bool) -> None:
        """What the press did, and what came of it."""
        self.line("  ", ("✓ ", "green") if good else ("! ", "bold red"), f"{printable(what):<54} ", (printable(came), "bold"))

    def figures(self, report: Report) -> None:
        """The closing table."""
        for count, what in _figures(report):
            self.line((f"  {count:>4}  ", "bold"), what)

    def steps(self, steps: Iterable[tuple[str, str]]) -> None:
        """Commands, each with what it is for."""
        shown = list(steps)
        width = max((len(command) for command, what in shown if what), default=0)
        for command, what in shown:
            self.line("    ", (f"{command:<{width}}", "green"), f"  {what}" if what else "")


class _Paper(Console):
    """Ends as every other command does when its reader goes away; rich would end the program from within the loop."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def make_console(*, quiet: bool = False) -> Console:
    """Colours on a terminal that wants them; with NO_COLOR not one escape sequence is written."""
    plain = bool(os.environ.get("NO_COLOR"))
    return _Paper(quiet=quiet, highlight=False, markup=False, emoji=False, color_system=None if plain else "auto")


def _figures(report: Report) -> tuple[tuple[int, str], ...]:
    trouble = sum(bool(outlet.reason) for outlet in report.outlets)
    boxes = report.boxes
    return (
        (
            len(report.outlets),
            f"outlets: {len(report.outlets) - trouble} read, {trouble} named as trouble at the foot of the mails",
        ),
        (len(report.articles), f"articles in {report.stories} stories; {report.copies} are copies of one wire text"),
        (report.matches, f"matches; {boxes.missed} missed, {boxes.wrong} wrong, laid beside what the outlets wrote"),
        (len(report.mails), f"mails, and {len(report.held)} digest that waits for its hour"),
        (
            boxes.avoided,
            f"false matches avoided: in {boxes.articles} articles a watched word stood only in a box beside the text",
        ),
        (round(report.seconds), "seconds"),
    )


def _hit(hit: Hit) -> Text:
    later = "" if hit.deliver == "immediately" else f" ({hit.deliver})"
    topic = f"{printable(hit.topic)}{later}: "
    said = _excerpt(hit.sentence, WIDTH - len(_INDENT) - len(topic)) if hit.sentence else Text()
    return Text.assemble((topic, "cyan"), said)


def _excerpt(sentence: Sentence, room: int) -> Text:
    """As much of the sentence as has room, from shortly before its first mark on."""
    text = Text(sentence.text, "italic")
    for start, end in sentence.marks:
        text.stylize("bold yellow", start, end)
    first = min((start for start, _ in sentence.marks), default=0)
    begin = sentence.text.find(" ", first - _RUN_UP) + 1 if first > _RUN_UP else 0
    cut = text[begin:]
    cut.truncate(room - 2, overflow="ellipsis")
    return Text("…" if begin else "", "italic") + cut


def _wrapped(text: str) -> list[str]:
    """The lines of a mail, without its blank ones, folded to the width."""
    return [part for line in text.splitlines() if printable(line) for part in _folded(printable(line))]


def _folded(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH - 4, break_long_words=False, break_on_hyphens=False)


def _marked(line: str) -> Text:
    """`*words*` of the text part stand out."""
    text = Text()
    for number, part in enumerate(line.split("*")):
        text.append(part if number % 2 == 0 else f"*{part}*", "bold yellow" if number % 2 else "")
    return text if line.count("*") % 2 == 0 else Text(line)
