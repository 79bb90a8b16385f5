"""One table of a configuration file while it is read: gives checked values, and says where each one stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from aggregator.declare.checks import Wrong, some_text
from aggregator.declare.sheet import Sheet, Trail, check_keys
from aggregator.errors import ConfigError, UsageError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`trail` leads to the table inside its sheet."""

    sheet: Sheet
    trail: Trail
    values: Mapping[str, object]

    def error(self, key: str, message: str, *, hint: str = "") -> ConfigError:
        return ConfigError(self.sheet.where(*self.trail, key), message, hint=hint)

    def get(self, key: str, check: Callable[[object], T], default: T) -> T:
        """The checked value, `default` when the key is absent."""
        return self.need(key, check) if key in self.values else default

    def need(self, key: str, check: Callable[[object], T]) -> T:
        """The checked value; ConfigError when the key is absent or its value cannot be."""
        if key not in self.values:
            raise ConfigError(self.sheet.where(*self.trail), f'needs the key "{key}"')
        try:
            return check(self.values[key])
        except Wrong as wrong:
            raise self.error(key, str(wrong), hint=wrong.hint) from None
        except ConfigError:
            raise
        except UsageError as wrong:
            raise self.error(key, wrong.message, hint=wrong.hint) from None

    def secret(self, key: str, check: Callable[[object], T], base: Path, default: T) -> T:
        """The value of `key`, or of the file that `<key>_file` names."""
        beside = f"{key}_file"
        if beside not in self.values:
            return self.get(key, check, default)
        if key in self.values:
            raise self.error(beside, f'stands beside "{key}"', hint="Keep one of the two.")
        try:
            return check(read_secret(self.need(beside, some_text), base))
        except Wrong as wrong:
            raise self.error(beside, str(wrong), hint=wrong.hint) from None


def tables(sheet: Sheet, block: str, allowed: tuple[str, ...]) -> tuple[Table, ...]:
    """All `[[block]]` tables of the sheet, their keys checked against `allowed`."""
    raw = sheet.values.get(block, [])
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        raise ConfigError(
            sheet.where(block), "must be a block of its own", hint=f"Write [[{block}]] on a line, and its keys below."
        )
    for index, item in enumerate(raw):
        check_keys(sheet, item, (block, index), allowed)
    return tuple(Table(sheet=sheet, trail=(block, index), values=item) for index, item in enumerate(raw))


def read_secret(name: str, base: Path) -> str:
    """The first 4 KiB of a secret's file without the line end; `name` is relative to `base`. `Wrong` when it cannot be read."""
    path = base / Path(name).expanduser()
    try:
        with path.open("rb") as file:
            raw = file.read(4097)
        found = raw.decode("utf-8-sig").strip("\r\n")
    except OSError as error:
        raise Wrong(
            f"{path} cannot be read ({error.strerror or error})", hint="Relative names start beside the configuration folder."
        ) from None
    except UnicodeDecodeError:
        raise Wrong(f"{path} is not UTF-8 text") from None
    if not found or len(raw) > 4096:
        raise Wrong(f"{path} must hold one line with the secret")
    return found
