"""Long work: start it, follow its progress and log, stop it; it outlives this page and the app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from workbench import jobs
from workbench.app.context import AppContext
from workbench.app.theme import new_page
from workbench.errors import WorkbenchError
from workbench.jobs import Job
from workbench.workflows.actions import (
    ACTIONS,
    Action,
    action_arguments,
    command_line,
    find_action,
    start_action,
)

_MOST_OPTIONS = max(len(action.options) for action in ACTIONS)
_REFRESH_SECONDS = 2.0
_LOG_LINES = 200
_QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def jobs_page(context: AppContext) -> gr.Blocks:
    """Build the page."""
    page = new_page("Jobs")
    with page, gr.Row():
        with gr.Column(scale=2, min_width=300):
            started = _start_form(page, context)
        with gr.Column(scale=3, min_width=300):
            _job_list(page, context, started)
    return page


def _start_form(page: gr.Blocks, context: AppContext) -> gr.Textbox:
    """Lay out the form; return the hidden component that receives the id of a started job."""
    gr.Markdown("### Start")
    name = gr.Dropdown(
        [(action.title, action.name) for action in ACTIONS],
        value=ACTIONS[0].name,
        label="What",
        filterable=False,
        elem_id="wb-action",
    )
    about = gr.Markdown(ACTIONS[0].about)
    options = [gr.Textbox(visible=False, max_lines=1) for _ in range(_MOST_OPTIONS)]
    command = gr.Textbox(
        label="The same in a terminal",
        interactive=False,
        max_lines=4,
        buttons=["copy"],
        elem_classes="wb-mono",
        elem_id="wb-command",
    )
    button = gr.Button("Start", variant="primary", elem_id="wb-start")
    problem = gr.Markdown("", elem_id="wb-problem")
    started = gr.Textbox(visible="hidden")

    def choose(chosen: str) -> list[Any]:
        action = find_action(chosen)
        return [action.about, *_option_updates(action), _preview(context, action, ())]

    def preview(chosen: str, *values: str) -> str:
        return _preview(context, find_action(chosen), values)

    def start(chosen: str, *values: str) -> tuple[str, Any]:
        try:
            job = start_action(context.home, chosen, _given(find_action(chosen), values))
        except WorkbenchError as exc:
            return f"**Not started.** {exc}", gr.skip()
        return "", job.job_id

    gr.on([page.load, name.change], choose, [name], [about, *options, command], **_QUICK)
    gr.on([option.input for option in options], preview, [name, *options], [command], **_QUICK)
    button.click(start, [name, *options], [problem, started], trigger_mode="once", **_QUICK)
    return started


def _job_list(page: gr.Blocks, context: AppContext, started: gr.Textbox) -> None:
    gr.Markdown("### Jobs")
    listed = gr.Radio([], show_label=False, container=False, elem_id="wb-jobs")
    about = gr.Markdown("Nothing was started from here yet.", elem_id="wb-job")
    log = gr.Textbox(
        label="Log",
        lines=14,
        max_lines=14,
        interactive=False,
        visible=False,
        elem_classes="wb-mono",
        elem_id="wb-log",
    )
    stop = gr.Button("Stop this job", visible=False, elem_id="wb-stop-job")
    outputs = [listed, about, log, stop]
    timer = gr.Timer(_REFRESH_SECONDS)

    def refresh(chosen: str | None) -> list[Any]:
        return _show_jobs(context, chosen)

    def stop_chosen(chosen: str | None) -> list[Any]:
        if chosen:
            jobs.stop_job(context.home.jobs, chosen)
        return _show_jobs(context, chosen)

    gr.on([page.load, timer.tick, listed.input], refresh, [listed], outputs, **_QUICK)
    started.change(refresh, [started], outputs, **_QUICK)
    stop.click(stop_chosen, [listed], outputs, api_visibility="private", concurrency_limit=None)


def _show_jobs(context: AppContext, chosen: str | None) -> list[Any]:
    found = jobs.list_jobs(context.home.jobs)
    if not found:
        return [gr.skip(), gr.skip(), gr.skip(), gr.skip()]
    shown = next((job for job in found if job.job_id == chosen), found[0])
    return [
        gr.update(choices=[(_line(job), job.job_id) for job in found], value=shown.job_id),
        _describe(shown),
        gr.update(value=shown.log(lines=_LOG_LINES) or "(nothing yet)", visible=True),
        gr.update(visible=shown.status == "running"),
    ]


def _line(job: Job) -> str:
    return f"{job.title} · {_state(job)} · {job.started_at[:16].replace('T', ' ')}"


def _state(job: Job) -> str:
    progress = job.progress
    if job.status == "running" and progress is not None and progress.total:
        return f"running, {progress.done / progress.total:.0%}"
    return job.status


def _describe(job: Job) -> str:
    lines = [f"**{job.title}**: {_state(job)}"]
    if job.progress is not None and job.status == "running":
        total = f" of {job.progress.total}" if job.progress.total else ""
        lines.append(f"`{job.progress.label}: {job.progress.done}{total} {job.progress.note}`")
    if job.exit_code:
        lines.append(f"exit code {job.exit_code}; the log says why.")
    lines.append(f"`{command_line(list(job.arguments))}`")
    return "\n\n".join(lines)


def _option_updates(action: Action) -> list[Any]:
    unused = _MOST_OPTIONS - len(action.options)
    used = [
        gr.update(visible=True, label=option.label, placeholder=option.hint, value="")
        for option in action.options
    ]
    return [*used, *(gr.update(visible=False, value="") for _ in range(unused))]


def _given(action: Action, values: Sequence[str]) -> dict[str, str]:
    pairs = zip(action.options, values, strict=False)
    return {option.flag: value for option, value in pairs if value}


def _preview(context: AppContext, action: Action, values: Sequence[str]) -> str:
    return command_line(action_arguments(context.home, action, _given(action, values)))
