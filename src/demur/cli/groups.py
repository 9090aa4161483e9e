# SPDX-License-Identifier: AGPL-3.0-or-later
"""Groups of commands that answer a slip of the fingers with the nearest name."""

from difflib import get_close_matches

import click


class Group(click.Group):
    """A group that names the nearest command to one that it does not have."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command. Raises click.UsageError, with the nearest names, for one that is not there."""
        name = args[0]
        if name.startswith("-") or self.get_command(ctx, name) is not None or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        near = get_close_matches(name, self.list_commands(ctx), n=3, cutoff=0.5)
        hint = f" Did you mean {_either(near)}?" if near else ""
        raise click.UsageError(f"No such command {name!r}.{hint}", ctx)


def no_such_option(error: click.NoSuchOption) -> str:
    """The sentence for an option that is not there: the nearest names, or the command before which it belongs."""
    said, above = f"No such option: {error.option_name}.", error.ctx.parent if error.ctx else None
    while above is not None:
        if any(error.option_name in parameter.opts for parameter in above.command.params):
            return (
                f"{said} It belongs before {error.ctx.info_name!r}: {above.command_path} {error.option_name} …"
                if error.ctx
                else said
            )
        above = above.parent
    near = sorted(error.possibilities or ())
    return f"{said} Did you mean {_either(near)}?" if near else said


def _either(names: list[str]) -> str:
    return " or ".join(names)
