"""The command line: ``brainaging``."""


def main() -> None:
    """Run the command line (see :mod:`brainaging.pipeline.cli.app`)."""
    # here and not above: worker processes import what the program's script imports, and need none of the commands
    from brainaging.pipeline.cli.app import main as run

    run()
