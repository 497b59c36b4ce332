"""Speed and memory, side by side in one run: `make bench`, or `python benchmarks/bench.py`.

Every part can be called alone: `python benchmarks/bench.py training inference`. Tables are printed and written to
`--out`, as Markdown and as JSON, with machine, date, versions and load. What was measured is kept there: a run
that was stopped goes on when typed again, and what the code no longer is, is measured anew. `--quick` runs every
part on tiny sizes, whose numbers say nothing. A GPU, where there is one, is measured beside the CPU.
"""

import argparse
import logging
import os
import sys
from importlib import import_module
from pathlib import Path

#: parts and their modules in the folder `speed`
PARTS = {
    "preparation": "preparing",
    "training": "training_steps",
    "inference": "inference",
    "statistics": "group_statistics",
    "scaling": "scaling",
    "profiles": "profiles",
}


def main() -> None:
    """Measure the parts that are asked for, and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all if none is named")
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="folder of measurements and tables")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    parser.add_argument("--turns", type=int, default=3, help="how often everything is timed")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of every process")
    options = parser.parse_args()
    if strange := [name for name in options.parts if name not in PARTS]:
        parser.error(f"expected parts of {', '.join(PARTS)}, found {strange[0]}")
    threads = str(options.threads)
    if (
        os.environ.get("OMP_NUM_THREADS") != threads
    ):  # read when the libraries load, so only a fresh start can set it
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "OMP_NUM_THREADS": threads})
    measure(options)


def measure(options: argparse.Namespace) -> None:
    """Measure parts and write what they give; imports cost seconds, and a mistyped option none."""
    torch = import_module("torch")
    tables = import_module("speed.tables")
    runtime = import_module("brainaging.pipeline.runtime")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    for noisy in ("ignite", "monai"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    torch.set_num_threads(options.threads)
    devices = ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)
    turns = 1 if options.quick else options.turns
    run = import_module("speed.cells").Run(options.out, options.quick, options.threads, turns, devices)
    at_start = tables.machine()
    for part in options.parts or PARTS:
        found = import_module(f"speed.{PARTS[part]}").measured(run)
        where = tables.sentence({**at_start, "load at the end": round(os.getloadavg()[0], 2)})
        text = "\n".join([*(table.markdown() for table in found), f"{where}.", ""])
        print(text, flush=True)
        runtime.write_text(options.out / f"{part}.md", text)
        runtime.write_json(
            options.out / f"{part}.json",
            {"machine": at_start, "quick": options.quick, "tables": [table.entries() for table in found]},
        )


if __name__ == "__main__":
    main()
