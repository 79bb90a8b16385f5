"""`outbox` and `mail`: the delivery ledger, and a test over the real path."""

import asyncio

import click

from aggregator.alerts.values import MessageState
from aggregator.cli.asked import Commands, json_option, settings
from aggregator.cli.numbers import ROW
from aggregator.cli.output import print_json, print_pairs, print_table, say
from aggregator.service import verbs
from aggregator.service.verbs import Preview
from aggregator.store.values import MessageRow


@click.group(cls=Commands)
def outbox() -> None:
    """The delivery ledger: what was sent, what waits, and why."""


@outbox.command(name="list", example="aggregator outbox list\naggregator outbox list --state held --state dead --json")
@click.option(
    "--state", "states", multiple=True, type=click.Choice([state.value for state in MessageState]), help="Only these states."
)
@click.option("--limit", type=click.IntRange(1, 100_000), default=200, show_default=True, help="How many.")
@json_option
def list_messages(states: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List messages, newest first."""
    rows = verbs.outbox_list(settings(), states=[MessageState(state) for state in states], limit=limit)
    if as_json:
        print_json(rows)
        return
    columns = ("id", "state", "recipient", "subject", "created", "sent", "tries", "reason")
    print_table(columns, (_cells(row) for row in rows), empty="No messages.")


def _cells(row: MessageRow) -> tuple[object, ...]:
    return (
        row.id,
        row.state,
        row.recipient,
        row.subject or f"({row.kind}, written at {row.due_at:%Y-%m-%d %H:%M} UTC)",
        row.created_at,
        row.sent_at,
        row.attempts,
        row.reason,
    )


@outbox.command(example="aggregator outbox show 12")
@click.argument("message", type=ROW)
@json_option
def show(message: int, as_json: bool) -> None:
    """Show one message: its state, and its text as it arrives."""
    row, preview = verbs.outbox_show(settings(), message)
    if as_json:
        print_json({"message": row, "subject": preview.rendered.subject, "text": preview.rendered.text})
        return
    print_pairs(
        (
            ("message", row.id),
            ("state", row.state),
            ("reason", row.reason),
            ("recipient", row.recipient),
            ("topic", row.topic),
            ("message id", row.message_id),
            ("tries", row.attempts),
            ("created", row.created_at),
            ("due", row.due_at),
            ("sent", row.sent_at),
        )
    )
    say()
    _letter(preview)


def _letter(preview: Preview) -> None:
    say(f"Subject: {preview.rendered.subject}\n\n{preview.rendered.text}")


@outbox.command(example="aggregator outbox retry 12\naggregator outbox retry")
@click.argument("messages", metavar="[ID]...", nargs=-1, type=ROW)
@json_option
def retry(messages: tuple[int, ...], as_json: bool) -> None:
    """Make these messages due now; without numbers, all that wait."""
    count = verbs.outbox_retry(settings(), messages)
    if as_json:
        print_json({"due": count})
    else:
        say(f"{count} {'message is' if count == 1 else 'messages are'} due now")


@outbox.command(example="aggregator outbox cancel 12 13")
@click.argument("messages", metavar="ID...", nargs=-1, required=True, type=ROW)
@json_option
def cancel(messages: tuple[int, ...], as_json: bool) -> None:
    """Never send these messages. What is under way or finished cannot be cancelled."""
    count = verbs.outbox_cancel(settings(), messages)
    if as_json:
        print_json({"cancelled": count})
    else:
        say(f"{count} {'message is' if count == 1 else 'messages are'} cancelled")


@outbox.command(example="aggregator outbox release\naggregator outbox release --cancel")
@click.option("--cancel", "drop", is_flag=True, help="Never send them: they were sent before.")
@json_option
def release(drop: bool, as_json: bool) -> None:
    """After a restore: send what was held for its sake; digests go out at their hour."""
    count = verbs.outbox_release(settings(), cancel=drop)
    if as_json:
        print_json({"cancelled" if drop else "released": count})
    else:
        done = "cancelled" if drop else "released"
        say(f"{count} {'message is' if count == 1 else 'messages are'} {done}; the outbox works again")


@outbox.command(example="aggregator outbox preview 'Russia and Egypt'")
@click.argument("topic")
@json_option
def preview(topic: str, as_json: bool) -> None:
    """Show the latest messages of a topic as they would arrive, sent or not."""
    found = verbs.outbox_preview(settings(), topic)
    if as_json:
        print_json(
            [{"id": one.id, "state": one.state, "subject": one.rendered.subject, "text": one.rendered.text} for one in found]
        )
        return
    for one in found:
        say(f"--- message {one.id}, {one.state}")
        _letter(one)
    if not found:
        say("No messages of this topic yet.")


@click.group(cls=Commands)
def mail() -> None:
    """The mail server."""


@mail.command(example="aggregator mail test desk@example.org")
@click.argument("address")
def test(address: str) -> None:
    """Send a real test message over the real path, and print the server's reply."""
    reply = asyncio.run(verbs.mail_test(settings(), address))
    say(f"accepted: {reply}")
