"""A home with the least task file, and shares that fill every split with a few rows."""

from workbench.home import Home

TASK = """
name: demo
objective: Summarise.
prompt: {template: "Summarise:\\n{input}"}
rubric:
  - {name: utility, question: "Is it useful?", anchors: {1: a, 4: b, 7: c, 10: d}}
"""
EVERY_SPLIT = (
    "splits.train=0.4",
    "splits.validation=0.2",
    "splits.test=0.2",
    "splits.feedback=0.2",
)


def make_home(root):
    root.mkdir(parents=True)
    (root / "task.yaml").write_text(TASK)
    return Home(root)
