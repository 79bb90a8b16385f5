"""The demo on a terminal, recorded: an asciicast for players, and an SVG that moves by itself, without fonts or scripts from elsewhere.

The demo writes lines and never moves the cursor, so the picture is one long sheet of text that a window slides over.
"""

import argparse
import codecs
import fcntl
import json
import os
import pty
import re
import signal
import struct
import sys
import termios
import time
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path

from rich.color import ColorType
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

COLUMNS, ROWS = 100, 40
LIMIT_S = 120
LARGEST = 150_000
DOCS = Path(__file__).parents[1] / "docs"
CAST, PICTURE = DOCS / "demo.cast", DOCS / "demo.svg"
COMMAND = ("aggregator", "demo")
END = "until you stop it"

# One character of every fixed-width font is close to .6 of its height; textLength takes up the rest.
SIZE, ADVANCE, LINE = 14, 8.43, 19
MARGIN, BAR = 20, 34
# The picture runs slower than the demo, for people who read it, and stands at the end before it begins again.
SLOWER, FIRST_S, REST_S = 1.8, 0.3, 8
# Where it stands for viewers that do not move pictures: this act's title is the top line.
STILL = "3  The morning"
_GAP = re.compile(r"\s{2,}")
THEME = TerminalTheme(
    (22, 27, 34),
    (214, 220, 228),
    [
        (72, 79, 88),
        (255, 123, 114),
        (86, 211, 100),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 212, 221),
        (214, 220, 228),
    ],
    [
        (110, 118, 129),
        (255, 161, 152),
        (126, 231, 135),
        (242, 204, 96),
        (165, 214, 255),
        (226, 197, 255),
        (130, 226, 233),
        (255, 255, 255),
    ],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """So many lines of the sheet have been written `at` seconds after the start."""

    at: float
    lines: int


def record() -> list[tuple[float, str]]:
    """Run the demo on a terminal; what it wrote, and when."""
    pid, screen = pty.fork()
    if not pid:
        os.environ.update(TERM="xterm-256color", LANG="C.UTF-8", COLUMNS=str(COLUMNS), LINES=str(ROWS))
        os.environ.pop("NO_COLOR", None)
        os.execvp(COMMAND[0], COMMAND)
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    events, started, decoder = [], time.monotonic(), codecs.getincrementaldecoder("utf-8")("replace")
    while not any(END in text for _, text in events) and time.monotonic() - started < LIMIT_S:
        try:
            data = os.read(screen, 65_536)
        except OSError:  # Linux says so when the other end is closed
            break
        events.append((round(time.monotonic() - started, 3), decoder.decode(data)))
    os.kill(pid, signal.SIGTERM)
    _, status = os.waitpid(pid, 0)
    os.close(screen)
    if os.waitstatus_to_exitcode(status):
        sys.exit("the demo failed:\n" + "".join(text for _, text in events))
    return events


def cast(events: list[tuple[float, str]]) -> str:
    """The recording as asciicast v2."""
    head = {"version": 2, "width": COLUMNS, "height": ROWS, "title": " ".join(COMMAND), "env": {"TERM": "xterm-256color"}}
    rows = [json.dumps([at, "o", text], ensure_ascii=False) for at, text in events]
    return "\n".join([json.dumps(head), *rows]) + "\n"


def read_cast(text: str) -> list[tuple[float, str]]:
    """The events of a recording."""
    return [(at, written) for at, _, written in map(json.loads, text.splitlines()[1:])]


def sheet(events: list[tuple[float, str]]) -> tuple[list[Text], list[Frame]]:
    """All lines as a terminal of this width shows them, and when each was there."""
    lines, frames, pending = [], [], ""
    for at, written in events:
        pending += written.replace("\r", "")
        *whole, pending = pending.split("\n")
        for line in whole:
            lines += _folded(Text.from_ansi(line))
        frames.append(Frame(at=at, lines=len(lines)))
    return lines, frames


def without_wait(frames: list[Frame]) -> list[Frame]:
    """The same frames, beginning with the first line: a picture that is black for seconds looks broken."""
    begin = frames[0].at - FIRST_S
    return [Frame(at=frame.at - begin, lines=frame.lines) for frame in frames]


def _folded(line: Text) -> list[Text]:
    return list(line.divide(range(COLUMNS, len(line), COLUMNS))) if len(line) > COLUMNS else [line]


def draw(lines: list[Text], frames: list[Frame]) -> str:
    """The moving picture."""
    width, height = round(COLUMNS * ADVANCE) + 2 * MARGIN, ROWS * LINE + BAR + MARGIN
    length = frames[-1].at * SLOWER + REST_S
    still = next(number for number, line in enumerate(lines) if line.plain.startswith(STILL))
    text = "\n".join(_line(line, number) for number, line in enumerate(lines) if line.plain.strip())
    style = f"""text{{font:{SIZE}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;fill:{_hex(THEME.foreground_color)};white-space:pre}}
.b{{font-weight:700}}.i{{font-style:italic}}.d{{fill-opacity:.62}}
#sheet{{transform:translateY({-still * LINE}px);animation:slide {length:.1f}s step-end infinite}}
#cover{{transform:translateY({(still + ROWS) * LINE}px);animation:write {length:.1f}s step-end infinite}}
{_keyframes("slide", frames, length, lambda count: -max(0, count - ROWS) * LINE)}
{_keyframes("write", frames, length, lambda count: count * LINE)}
@media (prefers-reduced-motion:reduce){{#sheet,#cover{{animation:none}}}}"""
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="A recording of aggregator demo">
<style>{style}</style>
<rect width="{width}" height="{height}" rx="8" fill="{_hex(THEME.background_color)}"/>
<circle cx="22" cy="17" r="6" fill="#ff7b72"/><circle cx="42" cy="17" r="6" fill="#e3b341"/><circle cx="62" cy="17" r="6" fill="#56d364"/>
<text x="{width // 2}" y="22" text-anchor="middle" class="d">{" ".join(COMMAND)}</text>
<clipPath id="window"><rect x="0" y="{BAR}" width="{width}" height="{ROWS * LINE}"/></clipPath>
<g clip-path="url(#window)"><g transform="translate({MARGIN} {BAR})"><g id="sheet">
{text}
<rect id="cover" x="-{MARGIN}" width="{width}" height="{(len(lines) + ROWS) * LINE}" fill="{_hex(THEME.background_color)}"/>
</g></g></g>
</svg>
"""


def _keyframes(name: str, frames: list[Frame], length: float, place) -> str:  # noqa: ANN001 - lines -> pixels
    """One step for each time at which something moved."""
    steps, last = [], None
    for frame in [Frame(at=0, lines=0), *frames]:
        if (shift := place(frame.lines)) != last:
            steps.append(f"{frame.at * SLOWER / length * 100:.2f}%{{transform:translateY({shift}px)}}")
        last = shift
    return f"@keyframes {name}{{{''.join(steps)}100%{{transform:translateY({last}px)}}}}"


def _line(line: Text, number: int) -> str:
    """One line as runs of one style each, at their columns."""
    styled = (edge for span in line.spans for edge in (span.start, span.end))
    # Viewers differ in what they make of several blanks, so none are left inside a run.
    spaced = (gap.end() for gap in _GAP.finditer(line.plain))
    edges = sorted({0, len(line), *styled, *spaced})
    runs = "".join(_run(line, start, end) for start, end in pairwise(edges))
    return f'<text y="{number * LINE + SIZE}">{runs}</text>'


def _run(line: Text, start: int, end: int) -> str:
    words = line.plain[start:end]
    begin, stop = start + len(words) - len(words.lstrip()), start + len(words.rstrip())
    if begin >= stop:
        return ""
    styles = [span.style for span in line.spans if span.start <= start < span.end and isinstance(span.style, Style)]
    style = Style.combine([Style.null(), *styles])
    length = f' textLength="{(stop - begin) * ADVANCE:.1f}" lengthAdjust="spacingAndGlyphs"' if stop - begin > 1 else ""
    return f'<tspan x="{begin * ADVANCE:.1f}"{length}{_look(style)}>{escape(line.plain[begin:stop])}</tspan>'


def _look(style: Style) -> str:
    classes = "".join(letter for letter, on in (("b", style.bold), ("i", style.italic), ("d", style.dim)) if on)
    named = f' class="{" ".join(classes)}"' if classes else ""
    if style.color is None or style.color.type is ColorType.DEFAULT:
        return named
    return f'{named} fill="{_hex(style.color.get_truecolor(THEME))}"'


def _hex(colour: tuple[int, int, int]) -> str:
    return f"#{colour[0]:02x}{colour[1]:02x}{colour[2]:02x}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--redraw", action="store_true", help="draw the picture again from docs/demo.cast")
    if not parser.parse_args().redraw:
        CAST.write_text(cast(record()), encoding="utf-8")
    lines, frames = sheet(read_cast(CAST.read_text(encoding="utf-8")))
    PICTURE.write_text(draw(lines, without_wait(frames)), encoding="utf-8")
    for path in (CAST, PICTURE):
        size = path.stat().st_size
        print(f"{path.relative_to(DOCS.parent)}  {size:,} bytes")
        if size > LARGEST:
            sys.exit(f"{path} is larger than {LARGEST:,} bytes")
    print(f"{len(lines)} lines in {frames[-1].at:.1f} s")


if __name__ == "__main__":
    main()
