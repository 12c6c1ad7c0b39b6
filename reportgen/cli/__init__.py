"""The command line: the main job, which needs no name, and the commands beside it; what one does not need, it does not import."""

from reportgen.cli import audit, build, check, email, init, migrate, study

cli = build.command
for _beside in (
    build.named,
    build.told,
    audit.command,
    check.command,
    email.command,
    init.command,
    migrate.command,
    study.command,
):
    cli.add_command(_beside)
