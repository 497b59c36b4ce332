"""Runs programs in forks of one process that has imported what is slow to import; tests/conftest.py starts it.

A line on stdin is a list of jobs as JSON, to be run at once: ``argv`` with a script's path, or ``-m`` and a
module; ``cwd``; ``environment``; files for ``stdout`` and ``stderr``. A fork becomes that program, as Python would
have started it; the exit codes are printed. The words after this file's name are the modules to import.
"""

import gc
import importlib
import json
import os
import runpy
import sys
from typing import Any


def main() -> None:
    for name in sys.argv[1:]:
        importlib.import_module(name)
    gc.freeze()  # or every fork would copy all that was imported, to look for garbage in it
    while line := sys.stdin.readline():
        children = []
        for job in json.loads(line):
            children.append(os.fork())
            if children[-1] == 0:
                _become(job)
                return
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        print(json.dumps(codes), flush=True)


def _become(job: dict[str, Any]) -> None:
    os.environ.update(job["environment"])
    os.chdir(job["cwd"])
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    opened = (os.open(os.devnull, os.O_RDONLY), os.open(job["stdout"], flags), os.open(job["stderr"], flags))
    for number, handle in enumerate(opened):
        os.dup2(handle, number)
        os.close(handle)
    if job["argv"][0] == "-m":
        sys.argv = job["argv"][1:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = job["argv"]
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
