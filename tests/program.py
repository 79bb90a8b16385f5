"""Runs the program as its users do: a process of its own, a configuration folder, a newspaper and a mailbox."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from aggregator.cli.main import execute
from tests.newspaper import Newspaper


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> object:
        return json.loads(self.out)


@dataclass(slots=True, kw_only=True)
class Program:
    """A configuration folder and the commands run with it."""

    folder: Path
    database_url: str = ""

    @property
    def config(self) -> Path:
        return self.folder / "config"

    def configure(
        self,
        paper: Newspaper,
        *,
        outlets: str,
        topics: str,
        smtp_port: int | None = None,
        settings: str = "",
        per_host_delay: str = "0s",
        first_poll: str = "alert",
    ) -> None:
        """Write the files. Hosts of the newspaper are pinned to loopback, as an owner would pin a moved outlet."""
        self.config.mkdir(parents=True, exist_ok=True)
        pins = "\n".join(f'"{host}" = "{address}"' for host, address in paper.resolve())
        smtp = f'[smtp]\nhost = "127.0.0.1"\nport = {smtp_port}\n' if smtp_port else ""
        (self.config / "aggregator.toml").write_text(
            f'database_url = "{self.database_url}"\n'
            f'[fetch]\nallow_networks = ["127.0.0.0/8"]\nper_host_delay = "{per_host_delay}"\n'
            f"[fetch.resolve]\n{pins}\n"
            f'[alerts]\nfirst_poll = "{first_poll}"\n[web]\nlisten = "127.0.0.1:0"\n{smtp}{settings}'
        )
        (self.config / "outlets.toml").write_text(outlets)
        (self.config / "topics.toml").write_text(topics)

    def run(self, *arguments: str, timeout: float = 300, code: int | None = 0) -> Ran:
        """Run a command to its end; `code` is the exit code it must have (None: any)."""
        done = subprocess.run(
            self.command(*arguments), capture_output=True, text=True, timeout=timeout, env=self.environment(), check=False
        )
        ran = Ran(code=done.returncode, out=done.stdout, err=done.stderr)
        assert code is None or ran.code == code, f"{arguments}: exit {ran.code}\n{ran.out}\n{ran.err}"
        return ran

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command that stays."""
        return subprocess.Popen(
            self.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment()
        )

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "aggregator", "--config", str(self.config), *arguments]

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AGGREGATOR_")}
        return {**kept, "PYTHONWARNINGS": "default"}


@dataclass(slots=True, kw_only=True)
class Within(Program):
    """The same commands in this process: without the second that every start costs, and counted where coverage is measured."""

    def run(self, *arguments: str, timeout: float = 0, code: int | None = 0) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            ended = execute(["--config", str(self.config), *arguments])
        ran = Ran(code=ended, out=out.getvalue(), err=err.getvalue())
        assert code is None or ran.code == code, f"{arguments}: exit {ran.code}\n{ran.out}\n{ran.err}"
        return ran


def outlet_toml(name: str, *feeds: str, language: str = "", country: str = "", more: str = "") -> str:
    """One `[[outlets]]` block."""
    lines = ["[[outlets]]", f"name = {json.dumps(name, ensure_ascii=False)}", f"feeds = {json.dumps(list(feeds))}"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in (("language", language), ("country", country)) if value]
    return "\n".join([*lines, more, ""])


def topic_toml(name: str, query: str, *recipients: str, more: str = "") -> str:
    """One `[[topics]]` block."""
    listed = ", ".join(json.dumps(address) for address in recipients or ("desk@example.org",))
    return (
        f"[[topics]]\nname = {json.dumps(name, ensure_ascii=False)}\nquery = {json.dumps(query, ensure_ascii=False)}\n"
        f"recipients = [{listed}]\n{more}\n"
    )
