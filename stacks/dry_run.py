"""Runs a Pulumi program in this process, without engine, command line, plugin, login or network."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

import pulumi
from pulumi.runtime.stack import Stack

from stacks.preview import StackPreview
from stacks.recording import Computed, Recorder, nothing_computed

PROJECT = "moorage"
"""Name of the Pulumi project where none is given."""

P = ParamSpec("P")
T = TypeVar("T")

# The SDKs fall back on these when an argument is missing (`AWS_REGION`, `GOOGLE_PROJECT`, `PULUMI_CONFIG`), which would
# make a preview depend on the machine that it runs on.
_AMBIENT = ("AWS_", "GOOGLE_", "GCLOUD_", "CLOUDSDK_", "KUBECONFIG", "PULUMI_")

_one_at_a_time = threading.RLock()
"""The environment belongs to the whole process, so dry runs in several threads take turns."""


def dry_run(
    stack: str,
    program: Callable[[], object],
    *,
    project: str = PROJECT,
    preview: bool = True,
    computed: Computed = nothing_computed,
) -> StackPreview:
    """Runs `program` and returns what the engine would be asked to do.

    Args:
        stack: Name of the stack.
        program: Constructs resources and calls `pulumi.export`. Looks nothing up. What it returns is ignored.
        project: Name of the Pulumi project; with the stack it is part of every URN.
        preview: True: what only a cloud can know is unknown. False, for tests: ids and `computed` are invented, so
            that every `apply` runs.
        computed: Outputs to invent when `preview` is False.

    Raises:
        MoorageError: The program looks something up, or two resources have the same URN.
        RuntimeError: Called where an event loop is running; a thread of its own has none.
        Exception: Whatever the program, or a callback that it gave to `apply`, raised.
    """
    recorder = Recorder(stack, project, preview, computed)
    # An empty context: the SDK keeps its settings in context variables, so nothing of the caller's reaches the
    # program, and nothing of the program's outlives it.
    context = contextvars.Context()
    with (
        _one_at_a_time,
        _bare_environment(),
        _quiet_imports(),
        _no_stack_traces(),
        asyncio.Runner(loop_factory=_event_loop) as runner,
    ):
        try:
            return runner.run(_record(recorder, program), context=context)
        finally:
            # The SDK also keeps the newest settings as defaults for contexts that have none.
            contextvars.Context().run(pulumi.runtime.reset_options)


async def _record(recorder: Recorder, program: Callable[[], object]) -> StackPreview:
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            project=recorder.project,
            stack=recorder.stack,
            monitor=recorder,
            dry_run=recorder.preview,
            legacy_apply_enabled=False,
            organization="organization",
        )
    )
    pulumi.runtime.set_all_config({}, [])

    failure: Exception | None = None

    async def construct() -> None:
        nonlocal failure
        pulumi.runtime.register_stack_transformation(recorder.constructed)
        try:
            program()
        except Exception as error:
            failure = error
            raise
        await _settle()

    try:
        await pulumi.runtime.run_in_stack(construct)
    except Exception:
        # What the program had begun may fail as well, and the SDK would report that and drop the program's own failure.
        if failure is not None:
            raise failure  # noqa: B904 (its cause is the program's to say)
        raise
    root = pulumi.runtime.get_root_resource()
    assert isinstance(root, Stack)
    return StackPreview(recorder.stack, await recorder.resources(), await recorder.stack_outputs(root.outputs))


async def _settle() -> None:
    """Lets everything that the program started come to its end.

    The SDK waits too, but one output at a time, and looks at all that are left each time: quadratic, and a third of
    the time of 40 resources.
    """
    while pending := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(pending)


class _InlineExecutor(concurrent.futures.ThreadPoolExecutor):
    """Runs each call at once in the calling thread.

    The SDK sends every request through the loop's executor. In threads, requests would arrive in any order, and each
    would cost two context switches; here nothing blocks, so threads would win nothing.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> concurrent.futures.Future[T]:
        """Returns a future that has finished."""
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


def _event_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_InlineExecutor(max_workers=1))
    # Of several failures the first is raised to the caller. The rest would be printed when they are collected.
    loop.set_exception_handler(lambda _loop, _context: None)
    return loop


@contextlib.contextmanager
def _bare_environment() -> Iterator[None]:
    ambient = {name: value for name, value in os.environ.items() if name.startswith(_AMBIENT)}
    for name in ambient:
        del os.environ[name]
    # An Output in an f-string is a mistake that would put an explanation in the place of the value; this raises.
    os.environ["PULUMI_ERROR_OUTPUT_STRING"] = "true"
    try:
        yield
    finally:
        del os.environ["PULUMI_ERROR_OUTPUT_STRING"]
        os.environ.update(ambient)


@contextlib.contextmanager
def _quiet_imports() -> Iterator[None]:
    """The provider SDKs warn, when a module is first imported, of every deprecated resource in it, used or not."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"pulumi_(aws|gcp|kubernetes|random)\.")
        yield


@contextlib.contextmanager
def _no_stack_traces() -> Iterator[None]:
    """Keeps the SDK from reading the source lines of the whole stack for every resource, half of the time of a dry run.

    The engine wants source positions for its log; a preview has no use for them. Exceptions keep their tracebacks: the
    limit is one of printing, and holds while the program runs.
    """
    limit = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = 1
    try:
        yield
    finally:
        if limit is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = limit
