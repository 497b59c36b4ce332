"""What every run owes: one seed, atomic outputs, kept work, provenance, errors that a user can read."""

from brainaging.pipeline.runtime.atomic import atomic_output, remove_abandoned, write_json, write_text
from brainaging.pipeline.runtime.errors import EXIT_BAD_INPUT, EXIT_INTERRUPTED, UserError
from brainaging.pipeline.runtime.kept_work import KeptWork
from brainaging.pipeline.runtime.log import log_to
from brainaging.pipeline.runtime.own_files import check_own
from brainaging.pipeline.runtime.provenance import file_sha256, provenance, text_sha256
from brainaging.pipeline.runtime.seed import generator, seed_everything, subseed
from brainaging.pipeline.runtime.source_code import source_sha256
from brainaging.pipeline.runtime.stages import counted, counting

__all__ = [
    "EXIT_BAD_INPUT",
    "EXIT_INTERRUPTED",
    "KeptWork",
    "UserError",
    "atomic_output",
    "check_own",
    "counted",
    "counting",
    "file_sha256",
    "generator",
    "log_to",
    "provenance",
    "remove_abandoned",
    "seed_everything",
    "source_sha256",
    "subseed",
    "text_sha256",
    "write_json",
    "write_text",
]
