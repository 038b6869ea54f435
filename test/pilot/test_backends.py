# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of backends.py."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from featuremap_ros.errors import MissingDependencyError, UnsupportedError
from featuremap_ros.pilot import backends

SESSION = """
import sys
from featuremap_ros.pilot import backends
assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules
backends.set_threads(1)
assert backends.keras().backend.backend() == 'tensorflow'
backends.tensorflow().zeros(3)
print(backends.tensorflow().config.threading.get_intra_op_parallelism_threads())
backends.set_threads(1)
print('again', file=sys.stderr)
backends.set_threads(2)
"""


def test_a_session_is_quiet_and_fixes_its_threads() -> None:
    """Nothing is imported early, nothing is said but what was asked for, threads are set once."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ('TF_CPP_MIN_LOG_LEVEL', 'KERAS_BACKEND')
    }
    result = subprocess.run(
        [sys.executable, '-c', SESSION],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == '1\n'
    said = result.stderr.splitlines()
    assert said == ['again', 'TensorFlow already runs: its threads cannot be set to 2 now.']


def test_only_noise_is_held_back(capfd: pytest.CaptureFixture[str]) -> None:
    """A message of another library during the import still arrives."""
    with backends._held_back_start_up_noise():
        os.write(2, b'I0000 oneDNN custom operations are on. You may\nthe disk is full\n')
    assert capfd.readouterr().err == 'the disk is full\n'


def test_litert_says_nothing_of_its_delegate() -> None:
    """It does so once in a process, on the standard error, where only the log belongs."""
    code = (
        'from featuremap_ros.demo.assets import pilot_path\n'
        'from featuremap_ros.pilot.pilot import Pilot\n'
        'with pilot_path() as model:\n'
        "    Pilot.load(model, profile='demo')\n"
    )
    command = [sys.executable, '-c', code]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert result.stderr == ''


@pytest.mark.parametrize(
    ('function', 'module', 'command'),
    [
        (backends.litert, 'ai_edge_litert.interpreter', 'pip install ai-edge-litert'),
        (backends.litert_schema, 'ai_edge_litert.schema_py_generated', 'ai-edge-litert'),
        (backends.tensorflow, 'tensorflow', r"pip install '\.\[gradients\]'` in the folder of"),
    ],
)
def test_a_missing_library_is_named_with_the_command(
    function: SimpleNamespace, module: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message can be pasted into a shell."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingDependencyError, match=command):
        function.__wrapped__()


def test_matplotlib_is_left_alone() -> None:
    """Keras would import it where it is installed; whoever wants it imports it later."""
    session = (
        'import sys\n'
        'from featuremap_ros.pilot import backends\n'
        'backends.keras()\n'
        "print('matplotlib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, '-c', session], capture_output=True, text=True, check=True
    )
    assert done.stdout == 'False\n'


def test_matplotlib_that_is_there_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a notebook it is mostly imported first."""
    theirs = SimpleNamespace()
    monkeypatch.setitem(sys.modules, 'matplotlib', theirs)
    backends.keras.__wrapped__()
    assert sys.modules['matplotlib'] is theirs


def test_keras_2_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package named keras was Keras 2 until 2023."""
    monkeypatch.setitem(sys.modules, 'keras', SimpleNamespace(__version__='2.15.0'))
    with pytest.raises(MissingDependencyError, match=r"2\.15\.0 is too old.*'\.\[gradients\]'"):
        backends.keras.__wrapped__()


def test_keras_on_another_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook may have started Keras on another backend."""
    other = SimpleNamespace(backend=lambda: 'jax')
    module = SimpleNamespace(__version__='3.15.0', backend=other)
    monkeypatch.setitem(sys.modules, 'keras', module)
    with pytest.raises(UnsupportedError, match=r"'jax'.*KERAS_BACKEND=tensorflow"):
        backends.keras.__wrapped__()
