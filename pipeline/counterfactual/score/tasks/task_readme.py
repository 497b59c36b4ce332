"""What a task says of itself to those who take it, and its answers to whoever scores."""

from importlib.resources import files
from string import Template

from brainaging.pipeline.counterfactual.score.tasks.scored_task import ScoredTask

_HERE = files("brainaging.pipeline.counterfactual.score.tasks")


def task_readme(task: ScoredTask, identity: str, train: int) -> str:
    """Return the README of a task of ``train`` people to learn from."""
    return Template((_HERE / "task_readme.md").read_text(encoding="utf-8")).substitute(
        held_out=len(task),
        train=train,
        identity=identity,
        shape=" × ".join(map(str, task.grid.shape)),
        spacing=f"{task.grid.spacing:g}",
        measured=len(task.labels),
        no_readers=f" Here there are none ({task.no_readings})." if task.no_readings else "",
    )


def answers_readme() -> str:
    """Return the README of the answers."""
    return (_HERE / "answers_readme.md").read_text(encoding="utf-8")
