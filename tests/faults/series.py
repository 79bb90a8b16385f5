"""Kill after kill on one database, with news in between, then an undisturbed end. Everything is checked after every kill."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.faults.children import Child, child, survivors
from tests.faults.verify import broken, is_idle, look, missing, repeated
from tests.faults.world import HOUR, World

# The hour's digests, and what a failed page put off: more than this many later runs are never needed.
_LATER_RUNS = 3
RANDOM = "random moment of run"


@dataclass(slots=True, kw_only=True)
class Step:
    """One run of the program. `killed`: it was ended before its own end. The mails number `begin` to `end` were accepted in it."""

    what: str
    killed: bool
    begin: int
    end: int


class Series:
    """One world, one database. Raises AssertionError with every problem found, at the step where it shows first."""

    def __init__(self, world: World, *, seed: int = 1) -> None:
        self.world = world
        self.chance = Random(seed)
        self.steps: list[Step] = []

    @property
    def kills(self) -> int:
        return sum(step.killed for step in self.steps)

    def record(self) -> dict[str, int]:
        """One undisturbed run under fault points: each point with the number of its passages, in their order."""
        begin = len(self.world.mailbox.messages)
        with child(self.world, "once", points=True) as run:
            assert run.wait() == 0, run.words()
            found = Counter(run.passed())
        self._ended("recorded", killed=False, begin=begin)
        return dict(found)

    def known_points(self) -> dict[str, int]:
        """Every point that an undisturbed run passes and how often: on an empty database, and on an archive after a kill."""
        first = self.record()
        self.news()
        self.kill_at("claim_due:after")
        self.news(articles=8)
        return {**first, **self.record()}

    def reach(self, point: str, *, passage: int = 1) -> None:
        """Print news and die at the point. A run that has no work that leads there is no kill: the next one finds more.

        robots.txt is asked for once a day, and earlier kills may have brought all of them in.
        """
        for articles in (2, 8, 16):
            self.news(articles=articles)
            self.world.forget_robots()
            if self.kill_at(point, passage=passage):
                return
        raise AssertionError(f"{point}: not reached")

    def kill_at(self, point: str, *, passage: int = 1) -> bool:
        """Run under fault points and die at one. False: the run had no work that leads there, and ended by itself."""
        begin = len(self.world.mailbox.messages)
        with child(self.world, "once", kill=point, passage=passage) as run:
            code = run.wait()
            assert code in (0, -9), f"{point}: exit {code}\n{run.words()}"
            self._dead(run, point)
        self._ended(point, killed=code == -9, begin=begin)
        return code == -9

    def kill_at_random(self) -> None:
        """The service as its users start it, killed while it starts or, two times in three, while it works."""
        works, moment = self.chance.random() < 2 / 3, self.chance.uniform(0, 2)

        def act(run: Child) -> bool:
            if works:
                run.until_there()
            time.sleep(moment)
            run.process.kill()
            run.wait()
            return True

        self.disturb(RANDOM, act)

    def disturb(self, what: str, act: Callable[[Child], bool]) -> None:
        """Run the service as users do while `act` disturbs it, to its end; `act` says whether that was a kill."""
        begin = len(self.world.mailbox.messages)
        with child(self.world, "run") as run:
            killed = act(run)
            assert run.process.poll() is not None, f"{what}: the program still runs\n{run.words()}"
            self._dead(run, what)
        self._ended(what, killed=killed, begin=begin)

    def news(self, *, articles: int = 2) -> None:
        """Let time pass and print the next edition."""
        self.world.pass_time()
        self.world.print_more(self.chance, stored=look(self.world).marks, articles=articles)

    def undisturbed(self) -> None:
        """One run to its end; exit 0."""
        begin = len(self.world.mailbox.messages)
        with child(self.world, "once") as run:
            assert run.wait() == 0, run.words()
            self._dead(run, "undisturbed")
        self._ended("undisturbed", killed=False, begin=begin)

    def finish(self) -> None:
        """One undisturbed run, and one at each later hour that something was put off to; then nothing may be missing."""
        self.world.pass_time()
        self.undisturbed()
        for _ in range(_LATER_RUNS):
            if is_idle(look(self.world)):
                break
            self.world.pass_time(HOUR)
            self.undisturbed()
        problems = missing(self.world, look(self.world))
        assert not problems, self._told(problems)

    def check(self) -> None:
        """What may be wrong at no moment."""
        problems = [*broken(self.world, look(self.world)), *self._repeats_not_allowed()]
        assert not problems, self._told(problems)

    def repeats_of(self, step: Step) -> int:
        """Mails accepted in this step and again later: what a kill may cause once."""
        return sum(step.begin <= number < step.end for number in repeated(self.world.mailbox.messages))

    def _dead(self, run: Child, what: str) -> None:
        left = survivors(run)
        assert not left, f"{what}: survived by {left}"

    def _ended(self, what: str, *, killed: bool, begin: int) -> None:
        self._until_mail_is_quiet()
        self.steps.append(Step(what=what, killed=killed, begin=begin, end=len(self.world.mailbox.messages)))
        self.check()

    def _until_mail_is_quiet(self) -> None:
        """The relay may still be reading what a dead sender wrote."""
        deadline = time.monotonic() + 5
        while self.world.mailbox.open_transports and time.monotonic() < deadline:
            time.sleep(0.01)

    def _repeats_not_allowed(self) -> list[str]:
        again = repeated(self.world.mailbox.messages)
        found = [(step, sum(step.begin <= number < step.end for number in again)) for step in self.steps]
        problems = [f"{count} mails of step {step.what} were repeated" for step, count in found if count > int(step.killed)]
        return [*problems, *([f"{len(again)} repeats after {self.kills} kills"] if len(again) > self.kills else [])]

    def _told(self, problems: list[str]) -> str:
        last = ", ".join(f"{step.what}{' (killed)' if step.killed else ''}" for step in self.steps[-6:])
        return f"after {self.kills} kills, the last steps being {last}:\n" + "\n".join(problems[:30])
