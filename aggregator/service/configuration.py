"""`apply`: the files become a plan, the plan becomes rows."""

from dataclasses import dataclass
from datetime import datetime

from aggregator.declare.plan import plan as make_plan
from aggregator.declare.plan import refusal
from aggregator.declare.read import read_declared
from aggregator.declare.values import Declared, Known, Plan
from aggregator.errors import AggregatorError
from aggregator.settings import Settings
from aggregator.store import config as store
from aggregator.store.db import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A plan, and whether it was written."""

    plan: Plan
    declared: Declared
    written: bool


def plan_for_nothing(settings: Settings) -> Applied:
    """The plan for a database that does not exist yet: everything in the files is new."""
    declared = read_declared(settings.config_dir)
    return Applied(plan=make_plan(declared, Known()), declared=declared, written=False)


def apply_files(settings: Settings, database: Database, *, now: datetime, force: bool, dry_run: bool = False) -> Applied:
    """Bring the database to what the files say. Raises ConfigError for a wrong file, AggregatorError for a drastic plan."""
    declared = read_declared(settings.config_dir)
    with database.read() as connection:
        plan = make_plan(declared, store.known(connection))
    drastic = refusal(plan)
    if drastic and not force:
        raise AggregatorError(
            f"{settings.config_dir}: {drastic}",
            hint="if that is meant: aggregator apply --force; look first with: aggregator apply --dry-run",
        )
    if not dry_run and not plan.empty:
        with database.write() as connection:
            store.apply(connection, plan, declared, now=now)
    return Applied(plan=plan, declared=declared, written=not dry_run)
